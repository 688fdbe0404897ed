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


def live_size() -> int:
    """Return the bytes that are in use once everything unreachable is gone."""
    gc.collect()
    return tracemalloc.get_traced_memory()[0] if tracemalloc else gc.mem_alloc()
