"""The samples of one channel, each with the entry that a witness has of it."""

from bisect import bisect_left, bisect_right
from typing import NamedTuple


class Entry(NamedTuple):
    """A reading as a witness has it; `received_us` is the time at which a server stored it."""

    time_us: int
    value: float
    is_dated: bool = True
    received_us: int | None = None


class Column:
    """The samples of one channel at one uplink, with the entry and the place of each, or None."""

    def __init__(self, shape, samples, bound, near_us):
        self.shape, self.samples, self._near_us = shape, samples, near_us
        self.entries, self.places = [None] * len(samples), [None] * len(samples)
        self.times_us = [time_us for time_us, _ in samples]
        #: The bound of each stamp's error.
        self.errors_us = bound.errors_us(self.times_us)
        self._reach_us = max(self.errors_us, default=0)

    def assign(self, entries, place, is_exact=True):
        """Give each entry a sample; return the entries without one.

        Samples with the value of an entry fit; if not `is_exact`, the nearest sample does.
        """
        find = self.fitting if is_exact else self.nearest
        left = [each for each in entries if not self._put(each, place, find(each))]
        # A reading that waits may be at the server too, and needs no other sample then.
        if is_exact and place != "waiting":
            return [each for each in left if not self._moved(each, place, set())]
        return left

    def _moved(self, entry, place, tried):
        """Give an entry a sample, for which others get another; return False without one.

        This is Kuhn's algorithm. After a correction of the clock several samples are within the
        bound, and the nearest may be the only one of another entry. `tried` are samples that
        cannot be freed.
        """
        fitting = self.fitting(entry)
        if self._put(entry, place, fitting):
            return True
        for i in fitting:
            if i not in tried:
                tried.add(i)
                if self._moved(self.entries[i], self.places[i], tried):
                    self.entries[i], self.places[i] = entry, place
                    return True
        return False

    def _put(self, entry, place, near):
        free = [i for i in near if self.places[i] is None]
        if free:
            self.entries[free[0]], self.places[free[0]] = entry, place
        return bool(free)

    def fitting(self, entry):
        """Return the indices of the samples that an entry may be of, the nearest first."""
        found = []
        reach_us = self._reach_us if entry.is_dated else self._near_us
        first = bisect_left(self.times_us, entry.time_us - reach_us)
        end = bisect_right(self.times_us, entry.time_us + reach_us)
        for i in range(first, end):
            away_us = abs(self.times_us[i] - entry.time_us)
            is_within = away_us <= self.errors_us[i] or not entry.is_dated
            if is_within and self.agrees(i, entry):
                found.append((away_us, i))
        return [i for _, i in sorted(found)]

    def nearest(self, entry):
        """Return the indices of the samples before and after an entry, the nearer first."""
        at = bisect_left(self.times_us, entry.time_us)
        near = [i for i in (at - 1, at) if 0 <= i < len(self.samples)]
        near = [(abs(self.times_us[i] - entry.time_us), i) for i in near]
        return [i for away_us, i in sorted(near) if away_us < self._near_us]

    def agrees(self, i, entry):
        """Return True if a sample has the value of an entry."""
        return self.shape.allows(entry.value, self.samples[i][1])
