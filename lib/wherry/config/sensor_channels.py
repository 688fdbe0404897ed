"""The channels of a section: their names, and the processing of their values."""

from wherry import text
from wherry.config import messages
from wherry.config.adjust import EACH, adjustment, by_channel
from wherry.config.alarms import alarms
from wherry.config.derive import derived
from wherry.config.reports import reports
from wherry.config.sections import options
from wherry.config.several import of_sums, several, with_extremes

# In bytes of UTF-8: one frame must hold a name and a unit, or a name, a reading and its refusal.
_CHANNEL_SIZE_MAX = 100


def complete_channels(place, typed, channels, places, errors):
    """Convert a section's channel options to `channels` and the processing of their values.

    `channels` are the driver's; the extremes follow them, and then the derived channels. `places`
    maps each channel's name to the place that defines it. The following are set only if needed:
    `several` is [count, is_mean, has_extremes, pause_ms], `adjust` [[index, factor, addend,
    divisor, low, high], ...], `derive` as in sampling/derived.py, `alarm` [[index, [above, below,
    hysteresis]], ...], `report` as in reports.py.
    """
    shapes, adjust = _adjusted(place, typed, channels, errors)
    asked, altitude = [typed.pop(key) for key in ("derive", "altitude_m")]
    found, derive = derived(place, asked, altitude, channels, shapes, errors)
    repeated = several(place, typed, errors)
    if repeated:
        count, is_mean, has_extremes, _ = repeated
        if has_extremes:
            shapes, adjust = with_extremes(shapes, adjust)
        if is_mean:
            adjust = of_sums(adjust, len(channels), count)
    alarm = alarms(place, typed, shapes + found, errors)
    report = reports(place, typed, shapes + found, errors)
    typed["channels"] = _named(place, typed, channels, shapes + found, places, errors)
    needed = {
        "several": repeated, "adjust": adjust, "alarm": alarm, "report": report, "derive": derive,
    }  # fmt: skip
    for key, value in needed.items():
        if value:
            typed[key] = value


def _adjusted(place, typed, channels, errors):
    """Return ([(name, unit, decimals)], the steps) of the driver's channels."""
    each = {
        key: by_channel(place, key, typed.pop(key), EACH[key], channels, errors) for key in EACH
    }
    shapes = []
    steps = []
    for i, channel in enumerate(channels):
        given = {key: each[key][channel[0]] for key in each}
        shape, step = adjustment(place, channel, given, errors)
        shapes.append((channel[0],) + shape)
        if step:
            steps.append([i] + step)
    return shapes, steps


def _named(place, typed, channels, shapes, places, errors):
    """Return the shapes with the names from the section."""
    prefix, name, names = [typed.pop(key) for key in ("prefix", "name", "names")]
    known = {shape[0]: ("text", None, 1, _CHANNEL_SIZE_MAX) for shape in shapes}
    names = options(place + ": names", {} if names is ... else names, known, errors)
    if name is not None and len(channels) > 1:
        remedy = 'give a table: names = { %s = "..." }' % channels[0][0]
        errors.append((place + ": name", "one name for %d channels" % len(channels), remedy))
        name = None
    if len(channels) == 1:
        names[channels[0][0]] = names[channels[0][0]] or name
    named = []
    for shape in shapes:
        own = names[shape[0]] or _as_extreme(shape[0], names)
        if ... not in (prefix, own):
            named.append((prefix + own,) + shape[1:])
            _check_channel(place + ": " + shape[0], named[-1][0], places, errors)
    return named


def _as_extreme(channel, names):
    """Return the name of a channel; an extreme is named after its renamed channel."""
    for end in ("_min", "_max"):
        base = channel[: -len(end)]
        if channel == base + end and names.get(base):
            return ... if names[base] is ... else names[base] + end
    return channel


def _check_channel(place, channel, places, errors):
    """Check that a channel's name, the server's key for its readings, is unique and short."""
    size = text.size(channel)
    if channel in places:
        seen = 'named "%s", as %s' % (messages.one_line(channel), places[channel])
        errors.append((place, seen, 'add prefix = "..." to a sensor, or rename it in names'))
    elif size > _CHANNEL_SIZE_MAX:
        remedy = "shorten prefix or name to %d bytes in all" % _CHANNEL_SIZE_MAX
        errors.append((place, "a name of %d bytes" % size, remedy))
    places[channel] = place
