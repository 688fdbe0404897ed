"""CPython's stand-in for MicroPython's `micropython` module: just what `lib/` asks of it."""


def const(value):
    """Return the value: on the device the compiler folds it away."""
    return value
