"""Excuses for a missing sample: an injected fault or end, or a full flash."""

from wherry_host.account.shapes import said
from wherry_host.account.spec import queue as spec_queue
from wherry_host.account.unchanged import Unchanged

# The number of samples in a chip's FIFO, plus samples read from it that are not yet in flash.
_FAST_LEFT_MAX = 80
# The time for a reading and the append of its row; a fast clock adds to it. The longest measuring
# time of a sensor is added, too.
_APPEND_US, _APPEND_FAST_US, _FIFO_US = 300_000, 50_000, 5_000_000
# A stall within this time after a sample may have let its FIFO overrun if it lasted at least this
# long, or for at least this many samples.
_FIFO_SPAN_US, _FIFO_HELD_US, _FIFO_HELD_COUNT = 4_000_000, 1_000_000, 8
# A queue without a configured bound is limited by the filesystem: docs/design/thinning.md.
FULLNESS_MIN, _RING_FULLNESS_MIN = 0.7, 0.9


def is_within(row, spans):
    """Return True if a row is in one of the spans (first, end); an unknown end is None."""
    return any(first <= row and (end is None or row < end) for first, end in spans)


class Excuses:
    """Finds excuses in the witnesses of a Case; a claim of the node is not an excuse."""

    def __init__(self, case):
        self._case = case
        self._flash = case.evidence.flash
        self._unchanged = Unchanged(case)
        node = case.evidence.typed["node"]
        self._waits_in_rtc = node["durability"] == "stage"
        self._rates_hz = {
            sensor["driver"]: sensor["rate_hz"]
            for sensor in case.evidence.typed["sensor"]
            if "rate_hz" in sensor
        }
        self._queue_size_max = node["queue_size_max"]
        sensors = case.evidence.typed["sensor"]
        self._ready_us = max((said(each["driver"], "READY_US", 0) for each in sensors), default=0)

    def of(self, sample):
        """Return the reason why a sample is in no row, or None if there is none.

        The reason is "withheld", "unread", "unchanged", "cut_short" or "in_gap".
        """
        case = self._case
        if sample in case.held.readings:
            return None
        if sample.is_optional:
            return "withheld"
        if case.devices.is_struck(sample) or self._is_overrun(sample):
            return "unread"
        if self._unchanged.has(sample):
            return "unchanged"
        end = case.board_log.end_after(sample.time_us)
        if end is None:
            return None
        held = case.held.after(self._flash.count_at(end.over_us))
        if self._is_soon(sample, end) and self._is_last(sample, end, held):
            return "cut_short"
        return "in_gap" if self._waits_in_rtc and self._was_in_rtc(sample) else None

    def _was_in_rtc(self, sample):
        """Return True if the power failed before this row or a later row was in flash."""
        cut = self._case.board_log.cut_after(sample.time_us)
        if cut is None:
            return False
        held = self._case.held.after(self._flash.count_at(cut.over_us))
        return all(each.time_us < sample.time_us for each in held)

    def _is_soon(self, sample, end):
        """Return True if an end came before a row could be finished."""
        case = self._case
        limit_us = _APPEND_US + _APPEND_FAST_US * case.bound.speed + self._ready_us
        if sample.is_fast:
            limit_us += _FIFO_US
        standstill, span_us = case.evidence.standstill, (sample.time_us, end.time_us)
        if case.bound.is_fast:
            # The append may span several stalls.
            limit_us += standstill.taken_us(*span_us)
        else:
            limit_us += standstill.longest_stall(*span_us).length_us
        return end.time_us - sample.time_us <= limit_us

    def _is_last(self, sample, end, held):
        if not sample.is_fast:
            return self._case.devices.is_last_before(sample, end.over_us)
        times_us = [
            each.time_us
            for each in self._case.samples
            if each.channel == sample.channel and sample.time_us <= each.time_us <= end.over_us
        ]
        newer = any(
            each.time_us > sample.time_us for each in held if each.channel == sample.channel
        )
        return len(times_us) <= _FAST_LEFT_MAX and not newer

    def _is_overrun(self, sample):
        """Return True, and add a doubt, if a stall was so long that a FIFO may have overrun."""
        if sample.is_read or not sample.is_fast:
            return False
        end_us = sample.time_us + _FIFO_SPAN_US
        rate_hz = self._rates_hz[sample.device]
        stall = self._case.evidence.standstill.longest_stall(sample.time_us, end_us)
        if stall.length_us < min(_FIFO_HELD_US, _FIFO_HELD_COUNT * 1_000_000 / rate_hz):
            return False
        self._case.doubts.add(stall, sample.device)
        return True

    # A full flash

    def of_full_flash(self, sample):
        """Return "dropped" or "thinned" if a full flash gave up a sample, else None.

        The sample must have been in flash and must have left at a moment when the flash was full.
        """
        departure = self._case.held.departure(sample)
        if departure is None or not self._is_full(departure):
            return None
        row = self._case.held.readings[sample].row
        return "thinned" if is_within(row, departure.thinned_rows) else "dropped"

    def _is_full(self, departure):
        size_max = self._queue_size_max
        return (
            departure.fullness >= FULLNESS_MIN
            or departure.ring_fullness >= _RING_FULLNESS_MIN
            or (size_max is not None and spec_queue.is_full(departure.queue_size, size_max))
        )
