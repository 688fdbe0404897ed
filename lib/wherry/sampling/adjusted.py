"""A sensor whose values are adjusted: offset, scale, decimals, limits.

Loaded only if a section of the configuration requests it.
"""


class Adjusted:
    """A Sensor that wraps another one; see sensors/__init__.py.

    `names` are the channels' names, `steps` {index: [factor, addend, divisor, low, high]} of some
    channels: a value becomes (value * factor + addend) / divisor, rounded half up, and is
    withheld below `low` and above `high`, in units of its last decimal; None means no limit.
    """

    def __init__(self, sensor, names: list, steps: dict):
        self._sensor = sensor
        self._names = names
        self._steps = steps
        self.start = sensor.start

    def read(self):
        """Return the readings, or the milliseconds until the next `read`."""
        readings = self._sensor.read()
        if type(readings) is int:
            return readings
        return [(index, self._adjusted(index, value)) for index, value in readings]

    def _adjusted(self, index, value):
        if type(value) is str or index not in self._steps:
            return value
        factor, addend, divisor, low, high = self._steps[index]
        value = (2 * (value * factor + addend) + divisor) // (2 * divisor)
        if low is not None and value < low:
            return self._names[index] + ": below min"
        if high is not None and value > high:
            return self._names[index] + ": above max"
        return value
