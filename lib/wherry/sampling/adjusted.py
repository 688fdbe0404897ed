"""A sensor whose values are adjusted: offset, scale, decimals, limits, and the median of several.

Loaded only where a section of the configuration asks for it.
"""


class Adjusted:
    """A Sensor around a driver's one, as sensors/__init__.py has it.

    `names` are the channels' names, `steps` {its index: [factor, addend, divisor, low, high]} of
    some of them: a value becomes (value * factor + addend) / divisor, rounded half up, and is
    withheld below `low` and above `high`, in units of its last decimal; None is no limit.
    `median` is how many measurements make one reading.
    """

    def __init__(self, sensor, names: list, steps: dict, median: int):
        self._sensor = sensor
        self._names = names
        self._steps = steps
        self._median = median
        self._taken = []

    def start(self, anew: bool) -> int:
        """Begin the first measurement; return the milliseconds until `read`."""
        self._taken = []
        return self._sensor.start(anew)

    def read(self):
        """Return the readings, or the milliseconds until it is to be called again."""
        readings = self._sensor.read()
        if type(readings) is int:
            return readings
        self._taken.append(readings)
        if len(self._taken) < self._median:
            return self._sensor.start(False)
        if self._median > 1:
            readings = self._middle()
        return [(index, self._adjusted(index, value)) for index, value in readings]

    def _middle(self):
        """Return the median of each channel; a value withheld in half of them is withheld."""
        found = []
        for index in range(len(self._names)):
            values = [value for each in self._taken for i, value in each if i == index]
            good = sorted([value for value in values if type(value) is not str])
            if 2 * len(good) > self._median:
                # Of an even number the lower one of the two in the middle: a measured value.
                found.append((index, good[(len(good) - 1) // 2]))
            elif values:
                reasons = [value for value in values if type(value) is str]
                found.append((index, reasons[0] if reasons else self._names[index] + ": missing"))
        return found

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
