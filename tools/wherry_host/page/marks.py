"""Marks on the charts' time axis: no power, no Wi-Fi, and failed requests.

| kind | nodes | span |
|---|---|---|
| power | a node of the demo | from the power cut to the boot, from its virtual board's events |
| power | any other | the row in which node_boots rose with a reset cause of power-on |
| wifi | a node of the demo | from off to on, from its virtual board's events |
| refused | all | failed requests between which nothing was accepted |

A server cannot know whether any other node had Wi-Fi, so those nodes lack the wifi mark. Times are
Unix microseconds.
"""

from bisect import bisect_left, bisect_right
from itertools import pairwise
from typing import NamedTuple

#: The largest number of marks of one kind on an axis; if there are more, the closest are joined.
MARKS_MAX = 60
#: The reset cause is read for this many restarts on an axis, the newest ones.
RESTARTS_MAX = 60
KINDS = {"power": "no power", "wifi": "no Wi-Fi", "refused": "refused"}

_BOOTS, _RESET_CAUSE = "node_boots", "node_reset_cause"
_POWER_ON = 1
_RESTARTED = "restarted after a loss of power"


class Mark(NamedTuple):
    """A span of time or a moment, of one of KINDS; the text is for the crosshair's tip."""

    kind: str
    from_us: int
    to_us: int
    text: str


def outages(spans, now_us):
    """Return the Marks of a demo node from (kind, from_us, to_us); an open outage ends now."""
    return [
        Mark(kind, from_us, max(from_us, now_us) if to_us is None else to_us, KINDS[kind])
        for kind, from_us, to_us in spans
    ]


def refusals(refused, accepted_us, interval_us):
    """Return the Marks of failed requests (received_us, status), the oldest first.

    Requests form one span if nothing was accepted between them, or if they are closer together
    than the node's usual upload interval. `accepted_us` are the sorted times at which readings of
    the node were accepted.
    """
    stretches = []
    for received_us, status in refused:
        if stretches:
            last_us = stretches[-1][-1][0]
            is_near = received_us - last_us < interval_us
            if is_near or not _is_any_between(accepted_us, last_us, received_us):
                stretches[-1].append((received_us, status))
                continue
        stretches.append([(received_us, status)])
    return [
        Mark("refused", each[0][0], each[-1][0], _refused_text({status for _, status in each}))
        for each in stretches
    ]


def restarts(rows):
    """Return the Marks from (time_us, reset cause) of the rows in which node_boots rose."""
    return [
        Mark("power", time_us, time_us, _RESTARTED)
        for time_us, cause in rows
        if cause == _POWER_ON
    ]


def within(marks, from_us, to_us):
    """Return the Marks that a time axis shows, at most about MARKS_MAX of each kind."""
    found = []
    for kind in KINDS:
        seen = (each for each in marks if each.kind == kind)
        seen = sorted(each for each in seen if each.from_us <= to_us and each.to_us >= from_us)
        distance_us = (to_us - from_us) // MARKS_MAX if len(seen) > MARKS_MAX else -1
        found += _joined(seen, distance_us)
    return found


def drawn(marks):
    """Return Marks in the form for the browser: [kind, from_ms, to_ms, text]."""
    return [[kind, from_us // 1000, to_us // 1000, text] for kind, from_us, to_us, text in marks]


def refused_of(history, device, curves):
    """Return the Marks of a Device's failed requests; the Curves show which were accepted.

    Raises sqlite3.Error.
    """
    refused = history.refused(device.key)
    if not refused:
        return []
    first_us, last_us = refused[0][0], refused[-1][0]
    found = (point[2] for curve in curves for point in curve.points)
    accepted_us = sorted({each_us for each_us in found if first_us < each_us < last_us})
    return refusals(refused, accepted_us, device.interval_us)


def restarts_of(history, device, axis):
    """Return the Marks of a Device's restarts on an axis (from_us, to_us).

    A reduced curve lacks rows, so the row is looked up in the history. Raises sqlite3.Error.
    """
    if not {_BOOTS, _RESET_CAUSE} <= device.newest.keys():
        return []
    points = history.curve(*device.key, _BOOTS, *axis).points
    before, _ = history.around(*device.key, _BOOTS, *axis)
    rises = [pair for pair in pairwise([*before[-1:], *points]) if pair[0][1] < pair[1][1]]
    rows = []
    for low, high in rises[-RESTARTS_MAX:]:
        time_us = _rise_us(history, device.key, low, high)
        causes = history.curve(*device.key, _RESET_CAUSE, time_us, time_us).points
        rows += [(time_us, cause) for _, cause, _ in causes[:1]]
    return restarts(rows)


def _rise_us(history, place, low, high):
    """Return the time of the row between two points of node_boots in which the number rose."""
    while high[0] - low[0] > 1:
        middle_us = (low[0] + high[0]) // 2
        # The newest row at or before the middle.
        before, _ = history.around(*place, _BOOTS, middle_us + 1, middle_us + 1)
        row = before[-1]
        if row[1] > low[1]:
            high = row
        elif row[0] > low[0]:
            low = row
        else:
            _, behind = history.around(*place, _BOOTS, middle_us, middle_us)
            if behind[0][1] > low[1]:
                return behind[0][0]
            low = behind[0]
    return high[0]


def _is_any_between(times_us, from_us, to_us):
    return bisect_left(times_us, to_us) > bisect_right(times_us, from_us)


def _refused_text(statuses):
    reported = [str(status) if status else "connection cut" for status in sorted(statuses)]
    return f"refused: {', '.join(reported)}"


def _joined(marks, distance_us):
    """Join Marks of one kind that overlap or are at most `distance_us` apart."""
    found = []
    for each in marks:
        if found and each.from_us - found[-1].to_us <= distance_us:
            last = found.pop()
            each = Mark(
                each.kind, last.from_us, max(last.to_us, each.to_us), _both(last.text, each.text)
            )
        found.append(each)
    return found


def _both(text, other):
    """Return the text of two joined Marks; for refusals, it is one list of statuses."""
    if not text.startswith("refused: "):
        return text
    parts = dict.fromkeys(", ".join((text, other)).replace("refused: ", "").split(", "))
    return f"refused: {', '.join(parts)}"
