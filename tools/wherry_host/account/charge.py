"""Compare the charge that a node reports with a meter on its battery."""

from bisect import bisect_right

from wherry_host.account.samples import OWN
from wherry_host.energy.meter import Meter

_MAH = OWN + "mah"
# The tolerance, the step of the channel, and the step of a stamp.
_SHARE, _STEP_MAH, _STAMP_US = 0.05, 0.02, 1_000_000


def judge_charge(case):
    """Report each charge that the meter contradicts.

    A reading is taken in the middle of a run, parts of which the node has not counted yet. So it
    is at least the charge of the previous runs, and at most the charge up to its time. If an
    external event has ended the node's program since it began to count, the reading is not judged.
    """
    usual = case.evidence.usual
    if not usual:
        return
    meter = Meter(case.evidence.events, usual)
    boots_us = [time_us for time_us, _ in case.board_log.boots]
    watches = list(case.watches())
    for sample in case.own:
        if sample.channel != _MAH or sample.time_us is None:
            continue
        begin_us = _begin_us(case, watches, sample.time_us)
        if begin_us is None:
            continue
        run_us = boots_us[bisect_right(boots_us, sample.time_us) - 1]
        low = meter.mah(begin_us, run_us) * (1 - _SHARE) - _STEP_MAH
        high = meter.mah(begin_us, sample.time_us + _STAMP_US) * (1 + _SHARE) + _STEP_MAH
        if not low <= sample.value <= high:
            text = f"the node says {sample.value:g}, the meter {low:.2f} to {high:.2f}"
            case.report(sample.channel, sample.time_us, text)


def _begin_us(case, watches, time_us):
    """Return the time at which the node began to count, or None if it is unknown."""
    on_us = case.board_log.power_of(time_us).on_us
    begun = [span for span in watches if on_us <= span[0] <= time_us]
    is_whole = len(begun) == 1 and time_us <= begun[0][1]
    return begun[0][0] if is_whole else None
