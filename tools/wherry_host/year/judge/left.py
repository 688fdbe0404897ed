"""The readings that left the flash while they may have waited, each with the place it has now."""

from bisect import bisect_left, insort
from collections import defaultdict


class Left:
    """`boots` are a Boots."""

    def __init__(self, boots):
        self._boots = boots
        # {channel: [(true us, value, place)], in order}.
        self._found = defaultdict(list)
        #: The places of all of them.
        self.places = set()
        #: (Flash before the damage, Reading) of each reading that flipped bits have destroyed.
        self.damaged = []

    def note(self, reading, place):
        """Note that a Reading has left the flash."""
        self.places.add(place)
        insort(self._found[reading.channel], (self._boots.time_us(reading), reading.value, place))

    def place(self, shape, sample, near_us):
        """Return the place of a sample that has left the flash, else None.

        The stamp is at most `near_us` off.
        """
        time_us, value = sample
        found = self._found[shape.name]
        for at_us, held, place in found[bisect_left(found, (time_us - near_us,)) :]:
            if at_us > time_us + near_us:
                return None
            if shape.allows(held, value):
                return place
        return None
