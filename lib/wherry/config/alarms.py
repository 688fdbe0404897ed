"""The alarms of a sensor's section: limits of its channels, including derived ones."""

from wherry.config.adjust import by_channel, lower_limit, upper_limit

_LIMIT = ("decimal", None, -1_000_000_000, 1_000_000_000)
#: {key: the option of one channel}.
ALARMS = {
    "alarm_above": _LIMIT,
    "alarm_below": _LIMIT,
    "alarm_hysteresis": ("decimal", None, 0, 1_000_000_000),
}
_COUNT_MAX = 15


def alarms(place: str, typed: dict, shapes: list, errors: list) -> list:
    """Take the alarms out of a section; return [[index, [above, below, hysteresis]], ...].

    `shapes` are the section's channels, (name, unit, decimals). Limits are in units of the last
    decimal, or None if not set.
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
            unit_size = 10**decimals
            limits = [upper_limit(given[0], unit_size), lower_limit(given[1], unit_size)]
            found.append([i, limits + [lower_limit(given[2] or 0, unit_size)]])
    return found


def complete_alarms(settings: dict, errors: list) -> None:
    """Report an error if there are more alarms than the state has bits for."""
    count = sum([len(each.get("alarm", ())) for each in settings["sensor"] if each])
    if count > _COUNT_MAX:
        remedy = "keep at most %d" % _COUNT_MAX
        errors.append(("[[sensor]]", "alarms of %d channels" % count, remedy))


def _fault(above, below, hysteresis):
    """Return (key, seen, remedy) of inconsistent limits, or None."""
    if (above, below) == (None, None):
        remedy = "give alarm_above or alarm_below, or remove it"
        return "alarm_hysteresis", "without a limit", remedy
    if None not in (above, below) and below + 2 * (hysteresis or 0) > above:
        return "alarm_below", "too near alarm_above", "give limits that are two hystereses apart"
    return None
