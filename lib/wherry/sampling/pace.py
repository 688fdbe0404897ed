"""When a chip takes its samples: its own clock, seen through counts of its FIFO."""

from micropython import const

# How far off a chip's own clock may be at first, as a part of its period.
_TOLERANCE = const(8)
# A period is measured over so many samples, and may change by this part of it between two looks.
_BASE_COUNT = const(256)
_WANDER = const(32768)


class Pace:
    """When a chip takes its samples, found out by counting them at moments of the node's clock.

    At a look the newest sample was there and the next one was not: its age lies between 0 and a
    period, and between `low_us` and `high_us`, what is left of the bounds from the look before. A
    look at the moment at which a sample is expected halves them. `period_us` may be wrong by
    `doubt_us`.
    """

    def __init__(self, period_us: int):
        self.period_us = period_us
        self.doubt_us = period_us // _TOLERANCE
        self.low_us, self.high_us = 0, period_us
        self._base = None

    def age_us(self) -> int:
        """Return the age of the newest sample at the last look."""
        return (self.low_us + self.high_us) // 2

    def look(self, passed_us: int, jitter_us: int, count: int, is_full: bool) -> int:
        """Take in that `count` samples have come since the last look; return how many are missing.

        The moment of the look is known to `jitter_us`. Of a full FIFO it is likely that samples
        are missing; otherwise it must be certain.
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
        """Take back that the newest `count` samples have come: they are still in the FIFO."""
        self.low_us += count * self.period_us
        self.high_us += count * self.period_us
        self._base = None

    def _measure(self, passed_us, count):
        """Narrow down the period by the time that so many samples have taken since the base."""
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
                    # It has changed by more than was thought.
                    low_us, high_us = least_us, most_us
                self.period_us = (low_us + high_us) // 2
                self.doubt_us = (high_us - low_us + 1) // 2
            if base_count >= _BASE_COUNT:
                self._base = None
        if not self._base:
            self._base = (self.low_us, self.high_us, 0, 0)
        self.doubt_us += self.period_us // _WANDER + 1
