"""What lives on the heap now, in bytes, on either interpreter."""

import gc

try:
    import tracemalloc
except ImportError:  # MicroPython counts by itself.
    tracemalloc = None


def start() -> None:
    """Begin to count; CPython sees only what is made from now on."""
    if tracemalloc:
        # Else each count would walk all that the tests before have left.
        gc.freeze()
        tracemalloc.start()


def stop() -> None:
    """Count no longer: it costs CPython half its speed."""
    if tracemalloc:
        tracemalloc.stop()
        gc.unfreeze()


def taken(function) -> int:
    """Return the most bytes that a call asks for: on MicroPython those of all that it makes."""
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
    """Return the bytes that are in use once everything unreachable is gone.

    On CPython those that lines of lib/ have asked for since `start`: other threads work beside it.
    """
    if tracemalloc and not tracemalloc.is_tracing():
        return 0
    gc.collect()
    if not tracemalloc:
        return gc.mem_alloc()
    ours = tracemalloc.take_snapshot().filter_traces([tracemalloc.Filter(True, "*/lib/wherry/*")])
    return sum(trace.size for trace in ours.traces)
