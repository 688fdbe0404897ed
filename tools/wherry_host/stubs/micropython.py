"""CPython's stand-in for MicroPython's `micropython` module: only the parts that `lib/` uses."""


def const(value):
    """Return the value; on the device, the compiler folds it."""
    return value
