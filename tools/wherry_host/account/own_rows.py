"""Check that a node records rows of its own channels, `node_…`, as often as it uploads.

Before the first request of an upload, a node records such a row, unless the previous one is
younger than three quarters of `send_every` (lib/wherry/health.py).
"""

from bisect import bisect_left, bisect_right

from wherry_host.account.excuses import FULLNESS_MIN
from wherry_host.account.losses import DEADLINE_US
from wherry_host.account.periods import send_period_us
from wherry_host.account.samples import OWN
from wherry_host.account.sending import every_us, taken_us

_SHARE = 0.75
# The time from the row to the first request of an upload, at the computer's normal speed.
_LEAD_US = 100_000
# Two requests of one upload are closer together than this.
_QUIET_US = 1_000_000
# An upload soon after another needs no row. A quarter of the uploads, or one, may lack a row.
_MISSING_SHARE, _MISSING_MIN = 0.25, 2


def judge_own_rows(case, parts, losses):
    """Report uploads without a row of the node's own channels."""
    evidence = case.evidence
    period_us = send_period_us(evidence.typed, evidence.truth)
    if len(parts) == 1:
        # With several uplinks, an owner cannot change the node's period.
        period_us = max(period_us, every_us(evidence, parts[0].label))
    apis = {part.table.api for part in parts}
    answers = sorted(each for each in case.evidence.answers if each[1] in apis)
    rows = _Rows(case)
    for begin_us, end_us in case.board_log.watches():
        i, j = (bisect_left(answers, (time_us,)) for time_us in (begin_us, end_us))
        _judge_longest(case, rows, answers[i:j], period_us, len(parts))
        _judge_number(case, rows, answers[i:j], period_us, losses)


class _Rows:
    """The times at which the node recorded its own rows, from stamps in flash or at a server."""

    def __init__(self, case):
        self._case = case
        own = [each for each in case.own if each.channel.startswith(OWN)]
        self._times_us = sorted({each.time_us for each in own if each.time_us is not None})

    def is_kept(self, begin_us, end_us):
        """Return True if a row was recorded in a span, or may have been."""
        reach_us = self._case.bound.reach_us(end_us)
        if self._newest_us(end_us + reach_us) >= begin_us - reach_us:
            return True
        # A row that a full flash dropped later was still in flash at the request.
        found = self._case.evidence.flash.at(end_us)
        stamps_us = [each.stamp_us or 0 for each in found.readings if each.channel.startswith(OWN)]
        return found.fullness >= FULLNESS_MIN or max(stamps_us, default=0) >= begin_us - reach_us

    def _newest_us(self, time_us):
        i = bisect_right(self._times_us, time_us)
        return self._times_us[i - 1] if i else 0


def _judge_longest(case, rows, answers, period_us, uplink_count):
    """Report the first request before which no row was recorded for too long."""
    turn_us = DEADLINE_US * uplink_count + case.start_us
    for time_us, *_ in answers:
        begin_us = time_us - _SHARE * period_us - turn_us
        begin_us -= taken_us(case, begin_us, time_us)
        if not rows.is_kept(begin_us, time_us):
            text = f"no health row in the {(time_us - begin_us) / 1e6:.1f} s before a request"
            case.report("the node", time_us, text)
            return


def _judge_number(case, rows, answers, period_us, losses):
    """Report if too many uploads lack a row."""
    lead_us = _LEAD_US * case.bound.speed
    quiet_us = max(_SHARE * period_us, _QUIET_US * case.bound.speed)
    uploads = missing = 0
    before_us = None
    for time_us, _, status in answers:
        if before_us is not None and time_us - before_us >= quiet_us:
            uploads += 1
            begin_us = time_us - _SHARE * period_us - lead_us
            missing += not rows.is_kept(begin_us, time_us)
        is_heard = 200 <= status < 300 and not losses.may_be_lost(time_us)
        before_us = time_us if is_heard else None
    if missing >= max(_MISSING_MIN, _MISSING_SHARE * uploads):
        text = f"no health row for {missing} of {uploads} uploads"
        case.report("the node", answers[0][0], text)
