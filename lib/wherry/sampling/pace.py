"""Estimates the sampling clock of a chip from the counts of its FIFO."""

from micropython import const

# The initial tolerance of a chip's clock, as a fraction of its period.
_TOLERANCE = const(8)
# The number of samples over which a period is measured. Between two looks the period may change by
# a part in _WANDER.
_BASE_COUNT = const(256)
_WANDER = const(32768)


class Pace:
    """Estimates when a chip takes its samples, from FIFO counts at known times of the clock.

    At a look, the age of the newest sample is between 0 and one period, because the next sample is
    still missing. `low_us` and `high_us` narrow these bounds from look to look; a look at the time
    at which a sample is expected halves their distance. `period_us` may be wrong by `doubt_us`.
    """

    def __init__(self, period_us: int):
        self.period_us = period_us
        self.doubt_us = period_us // _TOLERANCE
        self.low_us, self.high_us = 0, period_us
        self._base = None

    def age_us(self) -> int:
        """Return the estimated age of the newest sample at the last look."""
        return (self.low_us + self.high_us) // 2

    def look(self, passed_us: int, jitter_us: int, count: int, is_full: bool) -> int:
        """Record that `count` samples have come since the last look; return the number missing.

        The time of the look is known to within `jitter_us`. If the FIFO is full, samples are
        counted as missing if that is likely, otherwise only if it is certain.
        """
        period_us = self.period_us
        low_us = self.low_us + passed_us - count * (period_us + self.doubt_us)
        high_us = self.high_us + passed_us - count * (period_us - self.doubt_us)
        middle_us = (low_us + high_us) // 2
        most_us = period_us + self.doubt_us + jitter_us
        if (middle_us if is_full else low_us) > most_us:
            self.low_us, self.high_us, self._base = 0, period_us, None
            return middle_us // period_us
        self.low_us = min(max(low_us, -jitter_us), most_us)
        self.high_us = max(min(high_us, most_us), self.low_us)
        self._measure(passed_us, count)
        return 0

    def unread(self, count: int) -> None:
        """Undo the count of the newest `count` samples, which are still in the FIFO."""
        self.low_us += count * self.period_us
        self.high_us += count * self.period_us
        self._base = None

    def _measure(self, passed_us, count):
        """Measure the period by the time that the samples since the base have taken."""
        if self._base:
            low_us, high_us, base_us, base_count = self._base
            base_us += passed_us
            base_count += count
            self._base = (low_us, high_us, base_us, base_count)
            if base_count:
                least_us = (base_us + low_us - self.high_us) // base_count
                most_us = (base_us + high_us - self.low_us) // base_count + 1
                low_us = max(least_us, self.period_us - self.doubt_us)
                high_us = min(most_us, self.period_us + self.doubt_us)
                if low_us > high_us:
                    # The period has changed by more than was assumed.
                    low_us, high_us = least_us, most_us
                self.period_us = (low_us + high_us) // 2
                self.doubt_us = (high_us - low_us + 1) // 2
            if base_count >= _BASE_COUNT:
                self._base = None
        if not self._base:
            self._base = (self.low_us, self.high_us, 0, 0)
        self.doubt_us += self.period_us // _WANDER + 1
