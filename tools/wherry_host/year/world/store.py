"""The points that the servers of a simulated world have stored, in memory."""

from collections import Counter


class Store:
    """`points` is {(api, device): {(channel, time_us): value}}; the first value stays."""

    def __init__(self):
        self.points = {}
        #: {(api, device): number of points that came again}.
        self.copies = Counter()

    def add(self, api, points, received_us, items=()):
        """Store points (device, channel, time_us, value)."""
        for device, channel, time_us, value in points:
            known = self.points.setdefault((api, device), {})
            if (channel, time_us) in known:
                self.copies[api, device] += 1
            else:
                known[channel, time_us] = value
