"""Invert a driver's compensation formula, which converts a chip's raw value."""


def nearest(function, wanted, high):
    """Return the raw value from 0 to `high` at which a rising function is nearest to `wanted`."""
    low = 0
    while low < high:
        middle = (low + high) // 2
        if function(middle) < wanted:
            low = middle + 1
        else:
            high = middle
    return min((max(low - 1, 0), low), key=lambda raw: abs(function(raw) - wanted))
