"""The points that the servers of a simulated world have stored, in memory."""

from collections import Counter, defaultdict
from typing import NamedTuple


class Point(NamedTuple):
    """The value of a point, and the true Unix us at which a server stored it."""

    value: float
    received_us: int


class Store:
    """`points` is {(api, device): {(channel, time_us): Point}}; the first one stays.

    A node may send a point again until an answer to it has arrived, and the node has had the time
    to note that: until its next request, or until a wake that no fault ends.
    """

    def __init__(self):
        self.points = {}
        #: {(api, device): number of points that came again}.
        self.copies = Counter()
        #: The copies of points whose answer had arrived.
        self.needless = Counter()
        #: The number of answers that had arrived when the power failed, before they were noted.
        self.doubt_count = 0
        #: {(api, device): [(channel, time_us, status, number of points)]} of refused requests.
        self.refusals = defaultdict(list)
        # (place, channel, time_us) of the points whose answer may be lost, and of those in an
        # answer that has arrived last.
        self._unsure, self._arrived = set(), []

    def add(self, api, points, received_us, items=()):
        """Store points (device, channel, time_us, value)."""
        added, place, known = [], None, {}
        for device, channel, time_us, value in points:
            key = channel, time_us
            if place != (api, device):
                place = api, device
                known = self.points.setdefault(place, {})
            if key in known:
                self.copies[place] += 1
                self.needless[place] += (place, key) not in self._unsure
            else:
                known[key] = Point(value, received_us)
                added.append((place, key))
        self._unsure.update(added)

    def refuse(self, api, points, received_us, status, reason=""):
        """Note the points of a request that was refused, or accepted in part (2xx)."""
        for device, channel, time_us, _ in points:
            self.refusals[api, device].append((channel, time_us, status, len(points)))

    def arrived(self, api, points):
        """Note that an answer about points has arrived at the node."""
        self._arrived = [((api, point[0]), (point[1], point[2])) for point in points]

    def doubt(self):
        """Note that the node ended before it may have noted the last answer."""
        self.doubt_count += bool(self._arrived)
        self._arrived = []

    def settle(self):
        """Note that the node has had the time to note the last answer."""
        self._unsure.difference_update(self._arrived)
        self._arrived = []
