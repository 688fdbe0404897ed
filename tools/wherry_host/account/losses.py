"""Answers that may have been lost: only what came with such a request may come again."""

from bisect import bisect_left, bisect_right

# A turn's one deadline: docs/design.md, "Sending".
_DEADLINE_US = 20_000_000
# A request may reach the server this long after its sender was ended: less than any start takes.
_ON_THE_WAY_US = 500_000
# A computer that stood still for this long in it may have let it run out.
_STALLED_US_MIN = 5_000_000
# Faults of the line; those of requests stand in the status of the answer.
_WIRE_KINDS = ("cut", "stall", "dribble", "garbage", "silence")


class Losses:
    """Knows of which requests of a Case the node may not have heard the answer.

    A node sends one request at a time: an end of the program, or of the radio, concerns the last
    one before it.
    """

    def __init__(self, case):
        evidence = case.evidence
        self._standstill = evidence.standstill
        # {uplink: when its points with such requests came, rising}.
        self._points_us = {}
        requests_us = sorted({time_us for time_us, api, _ in evidence.answers if api})
        self._lost_us = {time_us for time_us, _, status in evidence.answers if status == 0}
        ends_us = [end.time_us for end in case.board_log.ends]
        for time_us in ends_us + list(_radio_us(evidence.events)):
            i = bisect_right(requests_us, time_us + _ON_THE_WAY_US)
            self._lost_us.update(requests_us[max(i - 1, 0) : i])
        for time_us, kind in evidence.strikes:
            # Where the server takes a part only, the node sends all of it again, in halves.
            later_us = _ON_THE_WAY_US if kind == "short" else _DEADLINE_US
            if kind == "short" or kind in _WIRE_KINDS:
                begin = bisect_left(requests_us, time_us - _ON_THE_WAY_US)
                end = bisect_right(requests_us, time_us + later_us)
                self._lost_us.update(requests_us[begin:end])

    def _may_be_lost(self, received_us):
        """Return whether the answer to a request may not have reached the node."""
        end_us = received_us + _DEADLINE_US
        stalled_us = self._standstill.total_us(received_us, end_us)
        return received_us in self._lost_us or stalled_us >= _STALLED_US_MIN

    def count(self, table, until_us=float("inf")):
        """Return how many points of a Table came, before a time, with answers that may be lost."""
        if table.label not in self._points_us:
            received_us = sorted(point[4] for point in table.points)
            lost_us = {each for each in set(received_us) if self._may_be_lost(each)}
            self._points_us[table.label] = [each for each in received_us if each in lost_us]
        return bisect_left(self._points_us[table.label], until_us)


def _radio_us(events):
    """Yield when the access points, or what is beyond them, were switched."""
    for event in events:
        if event["event"] == "done" and event["command"]["do"] in ("wifi", "access_points"):
            yield event["time_us"]
