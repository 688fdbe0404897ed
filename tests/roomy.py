"""For MicroPython with the heap of a desktop: modules are let go as on the chip, garbage waits."""

import gc

import wherry

_CALLS = 32


class _SeldomGarbage:
    """Of `gc`, what `wherry.forget` asks for: it took most of the time of the tests."""

    def __init__(self):
        self._calls = 0

    def collect(self):
        self._calls += 1
        if self._calls % _CALLS == 0:
            gc.collect()


def collect_seldom() -> None:
    """Have `wherry.forget` collect garbage at one call in so many."""
    wherry.gc = _SeldomGarbage()
