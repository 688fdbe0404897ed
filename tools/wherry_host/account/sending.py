"""Check that a node sends as often as its configuration requires while readings are waiting."""

from bisect import bisect_left, bisect_right
from itertools import pairwise
from zlib import crc32

from wherry_host.account.losses import DEADLINE_US
from wherry_host.account.network import clear_spans
from wherry_host.account.periods import send_period_us

# The waits after failures: docs/design/sending.md, "A busy server". The first wait is
# `send_every`; each later wait is twice as long as the previous one. A wait varies by a quarter,
# so it is at most 5/3 of the sum of the previous waits plus 5/4 of `send_every`. After a refusal
# of the node itself, waits are four times as long.
_OF_PASSED, _OF_FIRST, _DENIED = 5 / 3, 5 / 4, 4
_AWAY_US_MAX, _DENIED_US_MAX = 900_000_000, 3_600_000_000
# The longest wait on battery power if no server answers.
_UNREACHED_US_MAX = 14_400_000_000
# The wait that a busy server requests: SensoCan's minute.
_REFILL_US = 75_000_000
_BUSY = (429, 503)
# Statuses below 500 that refuse the readings, not the node: docs/uplinks.
_NO_DENIALS = (400, 408, 413, 422, 425, 429)
# The owner of a HERE device may change the period, to at most a day: docs/uplinks/here.md.
_OWNERS_US = 86_400_000_000


def judge_sending(case, parts, losses):
    """Report each silence of an uplink while readings for it wait in flash.

    In each of the `clear_spans`, the node sends once per `send_every`, or after the longest wait
    that its last failure may cause. The time lost to this computer is added.
    """
    spans_us = clear_spans(case)
    for part in parts:
        if part.table.api:
            _Sender(case, part, losses).judge(spans_us)


def every_us(evidence, label):
    """Return the longest period in us between two uploads of an uplink."""
    typed = evidence.typed
    uplink = next(each for each in typed["uplink"] if each["label"] == label)
    if uplink["kind"] == "here":
        return _OWNERS_US
    own_ms = uplink.get("send_every_ms")
    return 1000 * own_ms if own_ms else send_period_us(typed, evidence.truth)


def taken_us(case, begin_us, end_us):
    """Return the us of a span lost to this computer; a fast clock adds the board's time."""
    standstill = case.evidence.standstill
    if case.bound.is_fast:
        return standstill.taken_us(begin_us, end_us)
    # The total adds up threads that wait at the same time, but one stall may last for the whole
    # span. The time that the board itself runs is not a stall.
    total_us = min(standstill.total_us(begin_us, end_us), (end_us - begin_us) / 2)
    return max(total_us, standstill.largest_us(begin_us, end_us))


class _Sender:
    """One uplink, and its requests."""

    def __init__(self, case, part, losses):
        self._case, self._part = case, part
        typed = case.evidence.typed
        self._every_us = every_us(case.evidence, part.label)
        self._turn_us = DEADLINE_US * len(typed["uplink"])
        on_battery = typed.get("power", {}).get("source") == "battery"
        self._away_us_max = _UNREACHED_US_MAX if on_battery else _AWAY_US_MAX
        self._answers = sorted(
            (time_us, status)
            for time_us, api, status in case.evidence.answers
            if api == part.table.api
        )
        self._times_us = [time_us for time_us, _ in self._answers]
        self._taken_us = [us for us, status in self._answers if 200 <= status < 300]
        self._heard_us = [us for us in self._taken_us if not losses.may_be_lost(us)]

    def judge(self, spans_us):
        """Report each silence that is too long."""
        for begin_us, end_us in spans_us:
            begin, end = (bisect_right(self._times_us, each) for each in (begin_us, end_us))
            for pair in pairwise([begin_us, *self._times_us[begin:end], end_us]):
                self._judge_gap(*pair)

    def _judge_gap(self, begin_us, end_us):
        lost_us = taken_us(self._case, begin_us, end_us)
        # One failure may leave no trace, because the connection was closed before the request.
        limit_us = self._every_us * (1 + _OF_FIRST) + self._case.start_us + lost_us
        if end_us - begin_us <= limit_us:
            return
        if not self._is_heard(begin_us, end_us):
            limit_us = self._limit_us(begin_us) + lost_us
        if end_us - begin_us <= limit_us or not self._waiting(end_us - limit_us):
            return
        count = self._waiting(end_us)
        text = f"nothing sent for {(end_us - begin_us) / 1e6:.1f} s while {count} readings wait"
        self._case.report(self._part.label, end_us, text)

    def _is_heard(self, begin_us, end_us):
        """Return True if a request at `begin_us` was accepted, as the flash at `end_us` shows."""
        if begin_us in self._heard_us:
            return True
        if begin_us not in self._taken_us:
            return False
        before, after = map(self._case.evidence.flash.at, (begin_us, end_us))
        return self._cursor(before) < self._cursor(after)

    def _limit_us(self, time_us):
        """Return the longest silence allowed after a failure, or from the start of a span."""
        i = bisect_left(self._heard_us, time_us)
        power = self._case.board_log.power_of(time_us)
        since_us = max(self._heard_us[i - 1] if i else 0, power.on_us)
        begin, end = bisect_left(self._times_us, since_us), bisect_right(self._times_us, time_us)
        statuses = {status for _, status in self._answers[begin:end]}
        is_denied = any(300 <= each < 500 and each not in _NO_DENIALS for each in statuses)
        wait_us = _OF_PASSED * (time_us - since_us) + _OF_FIRST * self._every_us
        wait_us *= _DENIED if is_denied else 1
        most_us = max(self._every_us, _DENIED_US_MAX if is_denied else self._away_us_max)
        busy_us = _REFILL_US if statuses.intersection(_BUSY) else 0
        wait_us = min(wait_us, _OF_FIRST * most_us) + busy_us
        return wait_us + self._turn_us + 2 * self._case.start_us

    def _waiting(self, time_us):
        """Return the number of readings that waited in flash at a time, without held channels."""
        found = self._case.evidence.flash.at(time_us)
        cursor = self._cursor(found)
        return sum(
            (each.row, each.index) >= cursor
            and self._part.table.takes(each.channel)
            and f"{self._part.label}~{crc32(each.channel.encode()):08x}" not in found.ledgers
            for each in found.readings
        )

    def _cursor(self, flash):
        return flash.ledger_of(self._part.label)[:2]
