"""Invert a driver's compensation formula, which converts a chip's raw value."""

from math import ceil

# The formulas are nearly straight, so a few interpolations find most values.
_STEP, _GROWTH = 256, 8
_INTERPOLATION_COUNT = 3


def nearest(function, wanted, high, near=0):
    """Return the raw value from 0 to `high` at which a rising function is nearest to `wanted`.

    The search is short if `near` is close to the result.
    """
    (low, below), (top, above) = _around(function, wanted, high, min(near, high - 1))
    count = 0
    while top - low > 1:
        middle = (low + top) // 2
        if count < _INTERPOLATION_COUNT and below < wanted <= above:
            middle = low + ceil((top - low) * (wanted - below) / (above - below))
            middle = min(max(middle, low + 1), top - 1)
        count += 1
        value = function(middle)
        if value < wanted:
            low, below = middle, value
        else:
            top, above = middle, value
    return low if abs(below - wanted) <= abs(above - wanted) else top


def _around(function, wanted, high, near):
    """Return two raw values with their results: the first below `wanted`, the second not below.

    The first may be 0 and the second `high` instead.
    """
    step = _STEP
    low = top = near, function(near)
    while top[1] < wanted and top[0] < high:
        raw = min(top[0] + step, high)
        low, top, step = top, (raw, function(raw)), step * _GROWTH
    while low[1] >= wanted and low[0] > 0:
        raw = max(low[0] - step, 0)
        low, top, step = (raw, function(raw)), low, step * _GROWTH
    return low, top
