"""The places where readings end up, and the number of readings at each place."""

from dataclasses import dataclass


@dataclass
class Counts:
    """Counts of readings, including the node's health channels; `sampled` excludes `cut_short`."""

    sampled: int = 0
    delivered: int = 0
    waiting: int = 0
    set_aside: int = 0
    thinned: int = 0
    dropped: int = 0
    #: Lost with RTC memory by a node whose rows wait there: durability = "stage".
    in_gap: int = 0
    #: Not for this uplink: readings of channels that it does not take, or from before it was
    #: added.
    others: int = 0
    duplicates: int = 0
    cut_short: int = 0

    def add(self, place, count=1):
        """Count readings at a place."""
        setattr(self, place, getattr(self, place) + count)

    def placed(self):
        """Return the number of sampled readings that have a place."""
        settled = self.delivered + self.set_aside + self.thinned + self.dropped
        return settled + self.waiting + self.in_gap + self.others
