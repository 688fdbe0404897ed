"""The charge of a life by time and by cause, in little memory."""

from wherry_host.energy.meter import CAUSES
from wherry_host.energy.profile import MC_OF_MAH
from wherry_host.year.world.clock import DAY_US

_MINUTE_US, _HOUR_US = 60_000_000, 3_600_000_000
_WIDTHS_US = (10 * _MINUTE_US, _HOUR_US, *(days * DAY_US for days in (1, 2, 5, 10)))
COUNT_MAX = 400


class Steps:
    """The equal steps of a span of true time, at most COUNT_MAX for ten years.

    A step is 10 min, an hour or some whole days; the last one may be shorter.
    """

    def __init__(self, begin_us, end_us):
        span_us = end_us - begin_us
        fitting = (each for each in _WIDTHS_US if span_us <= COUNT_MAX * each)
        self.begin_us, self.end_us = begin_us, end_us
        self.width_us = next(fitting, -(-span_us // COUNT_MAX))
        self.count = max(1, -(-span_us // self.width_us))

    def index(self, time_us):
        """Return the number of the step of a time; a time outside counts as the nearest one."""
        return min(max((time_us - self.begin_us) // self.width_us, 0), self.count - 1)

    def edge_us(self, i):
        """Return the begin of a step, or the end for a number of `count`."""
        return min(self.begin_us + i * self.width_us, self.end_us)

    def days(self, i):
        """Return the length of a step in days."""
        return (self.edge_us(i + 1) - self.edge_us(i)) / DAY_US

    def parts(self, begin_us, end_us):
        """Yield (number, us) of the steps that a span covers; one without a length is in one."""
        first, last = self.index(begin_us), self.index(end_us)
        for i in range(first, last + 1):
            low_us = begin_us if i == first else self.edge_us(i)
            high_us = end_us if i == last else self.edge_us(i + 1)
            yield i, high_us - low_us


class Track:
    """The charge of a Life in each of some Steps; it listens to the meter.

    `causes_mah` has {cause: [mAh of each step]}. Call `end` after the life.
    """

    def __init__(self, life, steps):
        self.steps, self._life = steps, life
        self.causes_mah = {cause: [0.0] * steps.count for cause in CAUSES}
        life.charge.note = self._note

    def end(self):
        """Add the charge since the meter's last event."""
        self._life.charge.end(self._life.clock.us)

    def used_mah(self):
        """Return the charge from the begin to the end of each step."""
        found, total = [], 0.0
        for parts in zip(*self.causes_mah.values(), strict=True):
            total += sum(parts)
            found.append(total)
        return found

    def _note(self, begin_us, end_us, parts_mc):
        span_us = end_us - begin_us
        for i, us in self.steps.parts(begin_us, end_us):
            share = us / span_us if span_us else 1
            for cause, mc in parts_mc.items():
                self.causes_mah[cause][i] += mc * share / MC_OF_MAH
