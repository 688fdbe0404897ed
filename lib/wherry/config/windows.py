"""The option `windows` of [power]: times of the day or of the year with their own cadence."""

from wherry.config.cadence import CadenceError, pair, require_battery
from wherry.power.cadence import DAILY, YEARLY

OPTION = ("windows", None)
OFFSET_OPTION = ("count", 0, -720, 840)
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_EXAMPLE = 'write it as "22:00-06:00 30min/6h", or with days as "12-01..02-28 1h/1d"'


def complete(settings: dict, errors: list) -> None:
    """Set [power] `windows` to the list of windows, or None.

    If windows are set without a cadence, the cadence becomes a single level with the node's times.
    Runs after cadence.complete.
    """
    power, node = settings["power"], settings["node"]
    given = power["windows"]
    power["windows"] = None
    if given is None or ... in (given, power["source"], power["utc_offset_min"]):
        return
    try:
        require_battery(power, "windows", given)
        power["windows"] = [_window(text) for text in given]
    except CadenceError as error:
        errors.append(error.line())
        return
    times = [node["sample_every_ms"], node["send_every_ms"]]
    if power["cadence"] is None and ... not in times:
        power["cadence"] = [[0, 0] + times + ["node"]]


def _window(text):
    span, _, times = text.strip(" ").partition(" ")
    for kind, between, end_of in ((YEARLY, "..", _day), (DAILY, "-", _minute)):
        ends = [end_of(each) for each in span.split(between)]
        if _is_span(ends, kind):
            return [kind] + ends + list(pair("windows", text, times.strip(" ")))
    raise CadenceError("windows", text, _EXAMPLE)


def _is_span(ends, kind):
    """Return whether there are two valid ends with time between them."""
    return len(ends) == 2 and None not in ends and ends[0] != ends[1] + kind


def _numbers(text, between):
    """Return two numbers of two digits each, or None."""
    parts = text.split(between)
    are_right = all(len(part) == 2 and all("0" <= c <= "9" for c in part) for part in parts)
    return (int(parts[0]), int(parts[1])) if len(parts) == 2 and are_right else None


def _minute(text):
    found = _numbers(text, ":")
    if not found or found[1] > 59 or found[0] * 60 + found[1] > 1440:
        return None
    return found[0] * 60 + found[1]


def _day(text):
    found = _numbers(text, "-")
    if not found or not 1 <= found[0] <= 12 or not 1 <= found[1] <= _DAYS[found[0] - 1]:
        return None
    return found[0] * 32 + found[1]
