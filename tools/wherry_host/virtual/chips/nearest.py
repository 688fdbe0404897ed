"""Invert a driver's compensation formula, which converts a chip's raw value."""


def nearest(function, wanted, high, near=0):
    """Return the raw value from 0 to `high` at which a rising function is nearest to `wanted`.

    The search is short if `near` is close to the result.
    """
    low, high = _bounds(function, wanted, high, near)
    while low < high:
        middle = (low + high) // 2
        if function(middle) < wanted:
            low = middle + 1
        else:
            high = middle
    return min((max(low - 1, 0), low), key=lambda raw: abs(function(raw) - wanted))


def _bounds(function, wanted, high, near):
    """Return a range that has the first value, if any, at which the function reaches `wanted`."""
    step = 1
    if function(near) < wanted:
        low = near + 1
        while (tried := low + step) < high and function(tried) < wanted:
            low, step = tried + 1, 2 * step
        return min(low, high), min(tried, high)
    while (tried := near - step) > 0 and function(tried) >= wanted:
        near, step = tried, 2 * step
    return (tried + 1 if tried > 0 else 0), near
