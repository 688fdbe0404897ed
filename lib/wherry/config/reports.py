"""Report on change: by how much a channel must change for its value to be kept."""

from wherry.config.adjust import by_channel, lower_limit

_CHANGE = ("decimal", None, 0, 1_000_000_000)
REPORTS = {"report_change": ("each", None), "report_at_once": ("bool", False)}
#: An option of [node]: how long a value may be left out.
REPORT_EVERY_OPTION = ("duration", 3_600_000, 60_000, 604_800_000)
_COUNT_MAX = 6
# Channels that count since the previous reading: leaving out a reading would lose its count.
_SINCE_BEFORE = "pulses", "closings"


def reports(place: str, typed: dict, shapes: list, errors: list) -> list:
    """Take the options out of a section; return [[index, [change, is_urgent]], ...].

    `shapes` are the section's channels, (name, unit, decimals). A change is in units of the last
    decimal, at least 1; an urgent one is sent immediately.
    """
    given = by_channel(place, "report_change", typed.pop("report_change"), _CHANGE, shapes, errors)
    at_once = typed.pop("report_at_once")
    found = []
    for i, (name, _, decimals) in enumerate(shapes):
        change = given[name]
        if change in (None, ...):
            continue
        if name in _SINCE_BEFORE:
            where = "%s: report_change: %s" % (place, name)
            seen = "a count since the previous reading"
            errors.append((where, seen, "remove it: a reading left out would lose its count"))
        found.append([i, [lower_limit(change, 10**decimals) or 1, at_once]])
    if at_once is True and set(given.values()) == {None}:
        remedy = "give report_change, or remove it"
        errors.append((place + ": report_at_once", "without report_change", remedy))
    return found


def complete_reports(settings: dict, errors: list) -> None:
    """Move report_every of [node] to the sections; check that the state has room for all."""
    every_ms = settings["node"].pop("report_every_ms")
    sections = [each for each in settings["sensor"] if each and "report" in each]
    count = sum([len(section["report"]) for section in sections])
    if count > _COUNT_MAX:
        seen = "report_change of %d channels" % count
        errors.append(("[[sensor]]", seen, "keep at most %d" % _COUNT_MAX))
    for section in sections:
        section["report"] = [every_ms, section["report"]]
