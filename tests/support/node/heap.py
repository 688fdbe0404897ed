"""Bytes in use on the heap, on either interpreter."""

import gc

try:
    import tracemalloc
except ImportError:  # MicroPython counts its own allocations.
    tracemalloc = None


def start() -> None:
    """Begin to count; CPython counts only objects created after this call."""
    if tracemalloc:
        # Without this, each collection walks all objects that earlier tests left behind.
        gc.freeze()
        tracemalloc.start()


def stop() -> None:
    """Stop counting, which halves the speed of CPython."""
    if tracemalloc:
        tracemalloc.stop()
        gc.unfreeze()


def taken(function) -> int:
    """Return the peak heap use of a call in bytes, or on MicroPython all bytes it allocates."""
    gc.collect()
    if not tracemalloc:
        gc.disable()
        before = gc.mem_alloc()
        function()
        size = gc.mem_alloc() - before
        gc.enable()
        return size
    tracemalloc.start()
    function()
    size = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return size


def live_size() -> int:
    """Return the number of bytes that are in use after a garbage collection.

    On CPython, only bytes that code in lib/ has allocated since `start` count, because other
    threads run as well.
    """
    if tracemalloc and not tracemalloc.is_tracing():
        return 0
    gc.collect()
    if not tracemalloc:
        return gc.mem_alloc()
    ours = tracemalloc.take_snapshot().filter_traces([tracemalloc.Filter(True, "*/lib/wherry/*")])
    return sum(trace.size for trace in ours.traces)
