"""Whether each sensor was read as often as the configuration has it."""

from bisect import bisect_left, bisect_right
from itertools import pairwise
from statistics import median

from wherry_host.account.samples import FAST

# A reading may be late by half a period, or by what this computer takes for a join or a handshake.
_LATE_SHARE, _LATE_US, _START_US = 0.5, 250_000, 6_000_000
# Of a period, for the clock's drift; and the fewest of which a rate can be told. The pause after
# a reading that was late is shorter, so most are as long as a period, unless this computer cannot
# keep up.
_DRIFT_SHARE, _GAPS_MIN = 0.02, 4
_MEDIAN_SHARE, _MEDIAN_US = 0.1, 20_000
# A chip's own clock: LIS3DH data sheet DocID17530, table 4 has no bound; parts differ by some %.
_RATE_SHARE_MIN = 0.85
_KNOWN = ("bme280", "host", "battery")


def judge_cadence(case):
    """Tell `case.tell` of each sensor that was not read when the configuration wants it.

    Within the spans in which nothing from outside ended the program, deep sleep included, no two
    readings are further apart than `sample_every`, and their number is that of the periods.
    """
    node = case.evidence.typed["node"]
    watches = list(_watches(case))
    for sensor in case.evidence.typed["sensor"]:
        device = sensor["driver"]
        if device in _KNOWN:
            _judge(case, device, node["sample_every_ms"] * 1000, watches)
        elif device in FAST:
            _judge_rate(case, device, sensor["rate_hz"], watches)


def _watches(case):
    """Yield (begin, end) of the spans in which the node was on the board and not disturbed."""
    deployed_us = case.evidence.deployed_us
    for begin_us, end_us in case.board_log.watches():
        if deployed_us is not None and deployed_us < end_us:
            yield max(begin_us, deployed_us), end_us


def _judge(case, device, every_us, watches):
    times_us = sorted([*case.devices.times_us(device), *case.devices.faults_us(device)])
    if not times_us:
        if any(end_us - begin_us > every_us + _START_US for begin_us, end_us in watches):
            case.tell(device, None, "never sampled")
        return
    for begin_us, end_us in watches:
        found = times_us[bisect_left(times_us, begin_us) : bisect_right(times_us, end_us)]
        _judge_watch(case, device, every_us, found, begin_us, end_us)


def _judge_watch(case, device, every_us, times_us, begin_us, end_us):
    speed = case.bound.speed
    late_us = max(_LATE_SHARE * every_us, _LATE_US * speed)
    before_us, limit_us = begin_us, max(every_us, _START_US * max(speed / 5, 1))
    for time_us in [*times_us, end_us]:
        lost_us = case.evidence.standstill.taken_us(before_us, time_us)
        if time_us - before_us > limit_us + late_us + lost_us:
            text = f"not sampled for {(time_us - before_us) / 1e6:.1f} s"
            case.tell(device, before_us, text)
        before_us, limit_us = time_us, every_us
    if len(times_us) > _GAPS_MIN:
        _judge_number(case, device, every_us, times_us)


def _judge_number(case, device, every_us, times_us):
    """Tell where readings that are each in time are not as many as they ought to be."""
    span_us = times_us[-1] - times_us[0]
    pairs = list(pairwise(times_us))
    periods = sum(round((after_us - before_us) / every_us) for before_us, after_us in pairs)
    lost_us = case.evidence.standstill.total_us(times_us[0], times_us[-1])
    missing = (span_us - lost_us) * (1 - _DRIFT_SHARE) / every_us - periods
    usual_us = median(_own_us(case, *each, every_us) for each in pairs)
    late_us = _MEDIAN_SHARE * every_us + _MEDIAN_US * case.bound.speed
    if missing > 1.5 or usual_us > every_us + late_us:
        text = f"sampled {len(times_us)} times in {span_us / 1e6:.1f} s"
        case.tell(device, times_us[0], text)


def _own_us(case, begin_us, end_us, every_us):
    """Return the time between two readings, at most a period where the board was busy; on a fast
    clock also where the computer was: a board waits for its server, and that for a processor.
    """
    gap_us = end_us - begin_us
    standstill = case.evidence.standstill
    busy_us = standstill.taken_us if case.bound.is_fast else standstill.board_us
    # It sums up processes that may run or wait at the same time, so half of a span is not all.
    is_idle = busy_us(begin_us, end_us) < gap_us / 2
    return gap_us if is_idle else min(gap_us, every_us)


def _judge_rate(case, device, rate_hz, watches):
    times_us = sorted(set(case.devices.times_us(device)))
    for begin_us, end_us in watches:
        found = times_us[bisect_left(times_us, begin_us) : bisect_right(times_us, end_us)]
        wanted = (end_us - begin_us - _START_US) / 1e6 * rate_hz
        if len(found) < _RATE_SHARE_MIN * wanted:
            text = f"{len(found)} samples in {(end_us - begin_us) / 1e6:.1f} s at {rate_hz} Hz"
            case.tell(device, begin_us, text)
