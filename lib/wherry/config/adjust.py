"""Options of single channels in a sensor's section: unit, decimals, calibration, limits.

An option is a plain value if the sensor has one channel, and a table {channel: value} if it has
several.
"""

from wherry.config.sections import options

# In millionths, like a decimal in values.py.
_ONE = 1_000_000
_ANY = ("decimal", None, -1_000_000_000, 1_000_000_000)
# {key: the option of one channel}.
EACH = {
    "unit": ("text", None, 0, 20),
    "decimals": ("count", None, 0, 6),
    "scale": ("decimal", None, -1_000_000, 1_000_000),
    "offset": _ANY,
    "points": ("points", None, 1_000_000),
    "min": _ANY,
    "max": _ANY,
}


def by_channel(place, key, value, option, channels, errors):
    """Return {channel's name: typed value or None}; `...` for a wrong value."""
    known = {channel[0]: option for channel in channels}
    if value is None or value is ...:
        return dict.fromkeys(known, value)
    if type(value) is not dict:
        if len(channels) > 1:
            remedy = "give a table, such as { %s = ... }" % channels[0][0]
            errors.append(
                (place + ": " + key, "one value for %d channels" % len(channels), remedy)
            )
            return dict.fromkeys(known, ...)
        # With these arguments, an error is reported for the key itself.
        found = options(place, {key: value}, {key: option}, errors)
        return {channels[0][0]: found[key]}
    return options(place + ": " + key, value, known, errors)


def adjustment(place, channel, given, errors):
    """Return ((unit, decimals), the step for sampling/adjusted.py or None).

    `channel` is the driver's (name, unit, decimals), `given` {key of EACH: typed value or None}.
    """
    name, unit, decimals = channel
    if ... in given.values():
        return (unit, decimals), None
    unit = unit if given["unit"] is None else given["unit"]
    shown = decimals if given["decimals"] is None else given["decimals"]
    gain, rise, offset = _line(place, name, given, errors)
    if not gain:
        return (unit, shown), None
    unit_size = 10**shown
    low, high = given["min"], given["max"]
    if low is not None and high is not None and low > high:
        errors.append((place + ": min: " + name, "more than max", "give at most max"))
    # (value * factor + addend) / divisor, in units of the last decimal.
    factor, divisor = gain * unit_size * _ONE, rise * 10**decimals * _ONE
    addend = offset * unit_size * 10**decimals
    low, high = lower_limit(low, unit_size), upper_limit(high, unit_size)
    if (factor, addend, low, high) == (divisor, 0, None, None):
        return (unit, shown), None
    common = _common(_common(factor, divisor), addend)
    # The divisor is positive.
    common = -common if divisor < 0 else common
    return (unit, shown), [factor // common, addend // common, divisor // common, low, high]


def lower_limit(millionths, unit_size):
    """Return the least value not below a limit, in units of the last decimal, or None."""
    return None if millionths is None else -(-millionths * unit_size // _ONE)


def upper_limit(millionths, unit_size):
    """Return the largest value not above a limit, in units of the last decimal, or None."""
    return None if millionths is None else millionths * unit_size // _ONE


def _line(place, name, given, errors):
    """Return (gain, rise, offset): a value becomes (value * gain + offset / _ONE) / rise.

    A gain of 0 means that an error was reported.
    """
    scale, offset, points = given["scale"], given["offset"], given["points"]
    if points is not None and (scale, offset) != (None, None):
        errors.append((place + ": points: " + name, "with scale or offset", "keep one of them"))
        return 0, 1, 0
    if points is not None:
        x0, y0, x1, y1 = points
        if y0 == y1:
            errors.append((place + ": points: " + name, "two equal values", "give two others"))
        return y1 - y0, x1 - x0, y0 * (x1 - x0) - x0 * (y1 - y0)
    if scale == 0:
        errors.append((place + ": scale: " + name, "0", "give another number"))
    return (_ONE if scale is None else scale), _ONE, (offset or 0) * _ONE


def _common(a, b):
    """Return the greatest common divisor (Euclid)."""
    while b:
        a, b = b, a % b
    return abs(a)
