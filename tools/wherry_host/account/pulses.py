"""Compare a node's counts of pulses with the log of the contacts (driver `pulse`)."""

from bisect import bisect_left, bisect_right

_DEVICE = "pulse"
# A pulse this close to a sample may be counted in that sample or in the next one.
_NEAR_US = 300_000
# After an external end, a program counts again this long after the next start.
_DEAF_US = 2_000_000
# After a wake from deep sleep, it counts again after this long, on this computer's clock.
_WAKING_US = 500_000
# A stall of this length may have hidden a contact closure from the node.
_HELD_US = 250_000


def judge_pulses(case):
    """Report each total in the flash that differs from the number of pulses since power-on.

    Nothing is reported if the section changes the values, or if there are several counters. If a
    pulse is missing and this computer stalled, a doubt is added to `case.doubts`.
    """
    sections = [each for each in case.evidence.typed["sensor"] if each["driver"] == _DEVICE]
    if len(sections) != 1 or "adjust" in sections[0]:
        return
    total = sections[0]["channels"][1][0]
    truth = case.evidence.truth
    pulses_us = sorted(each["time_us"] for each in truth if each["device"] == _DEVICE)
    for reading in case.final.readings:
        if reading.channel == total and reading.is_dated:
            low, high = _bounds(case, pulses_us, reading.stamp_us)
            stall = None
            if reading.value < low:
                on_us = case.board_log.power_of(reading.stamp_us).on_us
                stall = case.stall(on_us, reading.stamp_us, _HELD_US)
            if stall:
                case.doubts.add(stall, _DEVICE)
            elif not low <= reading.value <= high:
                text = f"{reading.value:g} pulses counted, the contact has closed {low} to {high}"
                case.report(total, reading.stamp_us, f"{text} times")


def _bounds(case, pulses_us, stamp_us):
    """Return the smallest and largest possible number of pulses from power-on to a stamp."""
    board_log, waking_us = case.board_log, _WAKING_US * case.bound.speed
    on_us = board_log.power_of(stamp_us).on_us
    at_most = _count(pulses_us, on_us, stamp_us + _NEAR_US)
    at_least = _count(pulses_us, on_us + _DEAF_US, stamp_us - _NEAR_US)
    for end in board_log.ends:
        if on_us <= end.time_us <= stamp_us:
            at_least -= _count(pulses_us, end.time_us, end.over_us + _DEAF_US)
    for wake_us in board_log.wakes_us:
        if on_us <= wake_us <= stamp_us:
            at_least -= _count(pulses_us, wake_us, wake_us + waking_us)
    return max(at_least, 0), at_most


def _count(times_us, begin_us, end_us):
    return max(bisect_right(times_us, end_us) - bisect_left(times_us, begin_us), 0)
