"""A sensor with several consecutive measurements per reading.

Loaded only if a section of the configuration requests it.
"""


class Several:
    """A Sensor that wraps a driver's Sensor; see sensors/__init__.py.

    `names` are the driver's channels. `count` is the number of measurements per reading, with
    `pause_ms` between the end of one and the start of the next. The value of a channel is the
    median of its measurements, or, if `is_sum`, their sum: sampling/adjusted.py calculates the
    mean from it and rounds once. With `has_extremes`, the least and the largest value of each
    channel are separate channels after those of the driver.
    """

    def __init__(self, sensor, names: list, count, is_sum, has_extremes, pause_ms):
        self._sensor = sensor
        self._names = names
        self._count = count
        self._is_sum = is_sum
        self._has_extremes = has_extremes
        self._pause_ms = pause_ms
        self._is_pausing = False
        self._taken = []

    def start(self, anew: bool) -> int:
        """Begin the first measurement; return the milliseconds until `read`."""
        self._taken = []
        self._is_pausing = False
        return self._sensor.start(anew)

    def read(self):
        """Return the readings, or the milliseconds until the next `read`."""
        if self._is_pausing:
            self._is_pausing = False
            ready_ms = self._sensor.start(False)
            if ready_ms:
                return ready_ms
        readings = self._sensor.read()
        if type(readings) is int:
            return readings
        self._taken.append(readings)
        if len(self._taken) < self._count:
            self._is_pausing = bool(self._pause_ms)
            return self._pause_ms or self._sensor.start(False)
        found = []
        for index in range(len(self._names)):
            found += self._of_channel(index)
        return found

    def _of_channel(self, index):
        """Return the readings of a channel, withheld if half of its values are withheld."""
        values = [value for each in self._taken for i, value in each if i == index]
        good = sorted([value for value in values if type(value) is not str])
        if 2 * len(good) > self._count:
            found = [(index, self._middle(good))]
            if self._has_extremes:
                behind = len(self._names) + 2 * index
                found += [(behind, good[0]), (behind + 1, good[-1])]
            return found
        reasons = [value for value in values if type(value) is str]
        if values and not reasons:
            reasons = [self._names[index] + ": missing"]
        return [(index, reason) for reason in reasons[:1]]

    def _middle(self, good):
        """Return the median or the sum; `good` are the sorted values."""
        if self._is_sum:
            # Missing values count as the mean of the others.
            return (2 * sum(good) * self._count + len(good)) // (2 * len(good))
        # For an even number, the lower of the two in the middle, which is a measured value.
        return good[(len(good) - 1) // 2]
