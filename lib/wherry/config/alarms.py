"""The alarms of a sensor's section: limits of its channels, also of derived ones."""

from wherry.config.adjust import by_channel

_LIMIT = ("decimal", None, -1_000_000_000, 1_000_000_000)
#: By its key: the option of one channel.
ALARMS = {
    "alarm_above": _LIMIT,
    "alarm_below": _LIMIT,
    "alarm_hysteresis": ("decimal", None, 0, 1_000_000_000),
}
# In millionths, as values.py leaves a decimal.
_ONE = 1_000_000
_COUNT_MAX = 15


def alarms(place: str, typed: dict, shapes: list, errors: list) -> list:
    """Take the alarms out of a section; return [[index, [above, below, hysteresis]], ...].

    `shapes` are the section's channels, (name, unit, decimals). Limits are in units of the last
    decimal, None where there is none.
    """
    each = {
        key: by_channel(place, key, typed.pop(key), ALARMS[key], shapes, errors) for key in ALARMS
    }
    found = []
    for i, (name, _, decimals) in enumerate(shapes):
        given = [each[key][name] for key in ("alarm_above", "alarm_below", "alarm_hysteresis")]
        if ... in given or given == [None, None, None]:
            continue
        fault = _fault(*given)
        if fault:
            key, seen, remedy = fault
            errors.append(("%s: %s: %s" % (place, key, name), seen, remedy))
        else:
            found.append([i, _limits(10**decimals, *given)])
    return found


def settle_alarms(settings: dict, errors: list) -> None:
    """Refuse more alarms than the state has bits for."""
    count = sum([len(each.get("alarm", ())) for each in settings["sensor"] if each])
    if count > _COUNT_MAX:
        remedy = "keep at most %d" % _COUNT_MAX
        errors.append(("[[sensor]]", "alarms of %d channels" % count, remedy))


def _fault(above, below, hysteresis):
    """Return (key, what was seen, the remedy) of limits that make no sense together, or None."""
    if (above, below) == (None, None):
        remedy = "give alarm_above or alarm_below, or remove it"
        return "alarm_hysteresis", "without a limit", remedy
    if None not in (above, below) and below + 2 * (hysteresis or 0) > above:
        return "alarm_below", "too near alarm_above", "give limits that are two hystereses apart"
    return None


def _limits(unit, above, below, hysteresis):
    """Return [above, below, hysteresis] in units of the last decimal."""
    above, below = _scaled(above, unit, False), _scaled(below, unit, True)
    return [above, below, _scaled(hysteresis or 0, unit, True)]


def _scaled(limit, unit, rounds_up):
    """Return a limit in units of the last decimal, rounded to the side of the alarm."""
    if limit is None:
        return None
    return -(-limit * unit // _ONE) if rounds_up else limit * unit // _ONE
