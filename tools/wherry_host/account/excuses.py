"""What excuses a missing sample: a fault or an end that was injected, or a flash that was full."""

# What a chip with a FIFO still has, and what was read of it and is on its way to the flash.
_FAST_LEFT_MAX = 80
# The slowest sensor's reading and the row's append take this long; a fast clock makes more of it.
_APPEND_US, _APPEND_FAST_US, _FIFO_US = 300_000, 50_000, 5_000_000
# A full queue has its bound, or what the filesystem lets it have: docs/design.md, "Storage".
_FULLNESS_MIN, _RING_FULLNESS_MIN, _QUEUE_SHARE_MIN = 0.7, 0.9, 0.8
_PROBES_S = (1, 2, 5, 10, 30, 60, 300, 1800, 7200)


def is_within(row, spans):
    """Return whether a row is in one of the spans (first, end); an end may be None: unknown."""
    return any(first <= row and (end is None or row < end) for first, end in spans)


class Excuses:
    """Asks the witnesses of a Case; nothing that the node says is an excuse."""

    def __init__(self, case):
        self._case = case
        self._flash = case.evidence.flash
        node = case.evidence.typed["node"]
        self._waits_in_rtc = node["durability"] == "stage"
        self._queue_size_max = node["queue_size_max"]
        # Of operations after which samples were no longer in flash: ({sample: Reading}, whether
        # it was full, the rows of its thinned segments then).
        self._losses = []

    def of(self, sample):
        """Return why a sample is in no row: "unread", "cut_short" or "in_gap"; None without."""
        case = self._case
        if case.devices.is_struck(sample) or self._is_overrun(sample):
            return "unread"
        end = case.board_log.end_after(sample.time_us)
        if end is None:
            return None
        held = case.held_after(self._flash.count_at(end.over_us))
        if sample in held:
            return None
        if self._is_soon(sample, end) and self._is_last(sample, end, held):
            return "cut_short"
        return "in_gap" if self._waits_in_rtc and self._was_in_rtc(sample) else None

    def _was_in_rtc(self, sample):
        """Return whether the power went before a row, or a later one, had come to the flash."""
        cut = self._case.board_log.cut_after(sample.time_us)
        if cut is None:
            return False
        held = self._case.held_after(self._flash.count_at(cut.over_us))
        return all(each.time_us < sample.time_us for each in held)

    def _is_soon(self, sample, end):
        """Return whether an end came before a row can have been finished."""
        case = self._case
        limit_us = _APPEND_US + _APPEND_FAST_US * case.bound.speed
        if sample.is_fast:
            limit_us += _FIFO_US
        taken_us = case.evidence.standstill.taken_us(sample.time_us, end.time_us)
        return end.time_us - sample.time_us <= limit_us + taken_us

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
        """Return whether the computer stood still for so long that a FIFO ran over."""
        if sample.is_read:
            return False
        standstill = self._case.evidence.standstill
        return standstill.total_us(sample.time_us, sample.time_us + 4_000_000) >= 1_000_000

    # A full flash

    def of_full_flash(self, sample):
        """Return "dropped" or "thinned" where a full flash gave up a sample; None if it did not.

        Only a sample that was in flash, and left it at a moment at which it was full, was.
        """
        if not any(sample in lost for lost, _, _ in self._losses):
            count = self._count_with(sample)
            if count is None:
                return None
            self._losses.append(self._loss(sample, count))
        lost, is_full, thinned = next(loss for loss in self._losses if sample in loss[0])
        if not is_full:
            return None
        return "thinned" if is_within(lost[sample].row, thinned) else "dropped"

    def _count_with(self, sample):
        """Return a number of operations after which a sample was in flash, or None."""
        for after_s in _PROBES_S:
            count = self._flash.count_at(sample.time_us + after_s * 1_000_000)
            if sample in self._case.held_after(count):
                return count
        return None

    def _loss(self, sample, count):
        low, high = count, self._flash.count
        while high - low > 1:
            middle = (low + high) // 2
            if sample in self._case.held_after(middle):
                low = middle
            else:
                high = middle
        before, after = self._case.held_after(low), self._case.held_after(high)
        lost = {each: reading for each, reading in before.items() if each not in after}
        return lost, self._is_full(self._flash.after(low)), self._flash.after(high).thinned_rows

    def _is_full(self, flash):
        size_max = self._queue_size_max
        return (
            flash.fullness >= _FULLNESS_MIN
            or flash.ring_fullness >= _RING_FULLNESS_MIN
            or (size_max is not None and flash.queue_size >= _QUEUE_SHARE_MIN * size_max)
        )
