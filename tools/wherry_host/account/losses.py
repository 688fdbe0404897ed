"""Find answers that may have been lost: only the readings of those requests may come again."""

from bisect import bisect_left, bisect_right

from wherry_host.console_text import ORDER_SENT

# The deadline of a turn: docs/design/sending.md, "Several uplinks".
DEADLINE_US = 20_000_000
# A request may reach the server this long after its sender ended; a fast clock multiplies it.
_ON_THE_WAY_US = 500_000
# The time from a request to the ledger with its answer; a reading may come in between.
_SETTLED_US, _SETTLED_FAST_US = 2_000_000, 1_000_000
# The last request of a turn begins at most this long after its start (docs/design/link.md); if it
# arrives later, its answer may come after the deadline.
_LATE_US = DEADLINE_US - 5_000_000
# A stall of this length within the deadline may have let it expire.
_STALLED_US_MIN = 5_000_000
# Request faults with the status of a success, after which the node keeps the batch: the server
# accepts only a part of it, or a web page is the answer.
_KEPT_KINDS = ("short", "page")
# Wire faults; other request faults show in the status of the answer.
_WIRE_KINDS = ("cut", "stall", "dribble", "garbage", "silence")


class Losses:
    """Knows the requests of a Case whose answers the node may not have received.

    A node sends one request at a time, so an end of the program or of the Wi-Fi affects only the
    last request before it.
    """

    def __init__(self, case):
        evidence = case.evidence
        self._case, self._standstill = case, evidence.standstill
        # {uplink: sorted times of its points that came with such requests}.
        self._points_us = {}
        # {api: sorted times of the requests whose readings may come again}.
        self._repeatable_us = {}
        requests_us = sorted({time_us for time_us, api, _ in evidence.answers if api})
        on_the_way_us = _ON_THE_WAY_US * case.bound.speed
        self._turns_us = list(_turns_us(evidence))
        # Times of requests without an answer, after which the node kept running.
        self._unanswered_us = {time_us for time_us, _, status in evidence.answers if status == 0}
        for time_us in radio_us(evidence.events):
            self._unanswered_us.update(self._last(requests_us, time_us))
        for time_us, kind in evidence.strikes:
            later_us = on_the_way_us if kind in _KEPT_KINDS else DEADLINE_US
            if kind in _KEPT_KINDS or kind in _WIRE_KINDS:
                begin = bisect_left(requests_us, time_us - on_the_way_us)
                end = bisect_right(requests_us, time_us + later_us)
                self._unanswered_us.update(requests_us[begin:end])
        self._lost_us = set(self._unanswered_us)
        for ended in case.board_log.ends:
            self._lost_us.update(self._last(requests_us, ended.time_us))

    def _last(self, requests_us, time_us):
        """Yield the requests that a change at a time may have kept from their answers."""
        begin = bisect_right(requests_us, time_us)
        yield from requests_us[
            begin : bisect_right(requests_us, time_us + _ON_THE_WAY_US * self._case.bound.speed)
        ]
        if begin and self._is_soon(requests_us[begin - 1], time_us):
            yield requests_us[begin - 1]

    def _is_soon(self, received_us, time_us):
        """Return True if the node may not have settled the answer to a request by a time."""
        settled_us = _SETTLED_US + _SETTLED_FAST_US * self._case.bound.speed
        stall = self._standstill.longest_stall(received_us, time_us, with_servers=True)
        return time_us - received_us <= settled_us + stall.length_us

    def may_be_lost(self, received_us):
        """Return True if the answer to a request may not have reached the node."""
        return received_us in self._lost_us or self._is_expired(received_us)

    def _is_expired(self, received_us):
        """Return True if the deadline may have expired between a request and its answer."""
        return self._is_late(received_us) or self._is_stalled(received_us)

    def _is_late(self, received_us):
        """Return True if a request came when its turn had less than an exchange's time left."""
        i = bisect_right(self._turns_us, received_us)
        return i > 0 and received_us - self._turns_us[i - 1] >= _LATE_US

    def _is_stalled(self, received_us):
        """Return True if this computer stalled so long that a deadline may have expired."""
        end_us = received_us + DEADLINE_US
        stall = self._standstill.longest_stall(received_us, end_us, with_servers=True)
        return stall.length_us >= _STALLED_US_MIN

    def any_of(self, api):
        """Return True if the node may have missed an answer from an API while it kept running.

        The request itself may have been lost: a fault of the wire or of the radio is enough.
        """
        evidence = self._case.evidence
        if any(radio_us(evidence.events)):
            return True
        if any(kind in _WIRE_KINDS for _, kind in evidence.strikes):
            return True
        return any(
            time_us in self._unanswered_us or self._is_expired(time_us)
            for time_us, of_api, _ in evidence.answers
            if of_api == api
        )

    def count(self, table, until_us=float("inf")):
        """Return the number of points in a Table before a time whose answers may be lost."""
        if table.label not in self._points_us:
            received_us = sorted(point[4] for point in table.points)
            lost_us = {each for each in set(received_us) if self.may_be_lost(each)}
            self._points_us[table.label] = [each for each in received_us if each in lost_us]
        return bisect_left(self._points_us[table.label], until_us)

    def repeated(self, table):
        """Return the points of a Table that came again without a reason.

        If a point came with several requests, the readings of each except the last must be allowed
        to come again. The owner's orders to resend readings are also a reason.
        """
        found = [point for point in table.points if point[3]]
        if not found:
            return []
        if table.api not in self._repeatable_us:
            self._repeatable_us[table.api] = list(self._repeatable(table.api))
        times_us = self._repeatable_us[table.api]
        repeated = []
        for point in found:
            i = bisect_left(times_us, point[4])
            is_first = i < len(times_us) and times_us[i] == point[4]
            if not is_first or len(times_us) - i < point[3]:
                repeated.append(point)
        return repeated[self._ordered_count(table.label) :]

    def _repeatable(self, api):
        """Yield the times of the requests whose readings may come again."""
        before = 0
        for time_us, of_api, status in sorted(self._case.evidence.answers):
            if of_api != api:
                continue
            # After a server error on a single reading, the node sends the next reading as a test,
            # and sends it again in its normal order: docs/design/sending.md, "Refusals".
            if before >= 500 or self.may_be_lost(time_us):
                yield time_us
            before = status

    def _ordered_count(self, label):
        """Return the number of readings that the owner's orders, given at the port, resent."""
        if not any(end.kind == "interrupt" for end in self._case.board_log.ends):
            return 0
        count = before = 0
        for _, text in self._case.evidence.lines:
            found = ORDER_SENT.read(text)
            if found and found[0].endswith("-" + label):
                # Each line about an order has the sum so far.
                count += found[1] - (before if found[1] > before else 0)
                before = found[1]
        return count


def _turns_us(evidence):
    """Yield the times at which turns began, if the node switches its radio on for each of them."""
    if evidence.typed["power"]["source"] != "battery":
        return
    is_on = False
    for event in evidence.events:
        if event["event"] == "boot" or (event["event"] == "radio" and event["state"] == "off"):
            is_on = False
        elif event["event"] == "radio" and not is_on:
            is_on = True
            yield event["time_us"]


def radio_us(events):
    """Yield the times at which the access points, or the network behind them, were switched."""
    for event in events:
        if event["event"] == "done" and event["command"]["do"] in ("wifi", "access_points"):
            yield event["time_us"]


def error_us(events):
    """Yield the times at which a program crashed or was reset."""
    for event in events:
        if event["event"] in ("crash", "reset"):
            yield event["time_us"]
