"""The sampler: starts all sensors together, reads each as it gets ready, and makes one row.

A sensor that fails is counted and tried again at the next row; it never stops the others. Fast
sensors, those with a FIFO of their own, are left to `bursts`.
"""

from wherry.reading import VALUE_MAX


class Sampler:
    """`sensors` are (name, Sensor, channel count); their channels follow one another in the row.

    `wait(ms)` passes time, `say(text)` tells a person. After `sample`: `mask` and `values` of the
    channels measured. `bursts` is None where no sensor is fast.
    """

    def __init__(self, sensors, wait, say):
        self._sensors = []
        self._wait = wait
        self._say = say
        self.bursts = None
        base = 0
        for name, sensor, count in sensors:
            if hasattr(sensor, "period_us"):
                if not self.bursts:
                    from wherry.bursts import Bursts

                    self.bursts = Bursts(say)
                self.bursts.add(name, sensor, base, count)
            else:
                self._sensors.append((name, sensor, base))
            base += count
        self._failing = set()
        self.errors = 0
        self.mask = 0
        self.values = []

    def sample(self, ticks) -> int:
        """Measure once and return the ticks (from the function given) of the measurement."""
        begin = ticks()
        slow = []
        found = []
        for i, (name, sensor, _) in enumerate(self._sensors):
            try:
                wait_ms = sensor.start()
            except OSError as error:
                self._fail(name, error)
                continue
            if wait_ms:
                slow.append((ticks() + wait_ms, i))
            else:
                self._read(i, found)
        taken = (begin + ticks()) // 2
        for due, i in sorted(slow):
            left = due - ticks()
            if left > 0:
                self._wait(left)
            self._read(i, found)
        found.sort()
        self.mask = 0
        self.values = []
        for index, value in found:
            self.mask |= 1 << index
            self.values.append(value)
        return taken

    def _read(self, i, found):
        name, sensor, base = self._sensors[i]
        try:
            for index, value in sensor.read():
                if not -VALUE_MAX <= value <= VALUE_MAX:
                    raise OSError("%s: value %d is beyond what a row holds" % (name, value))
                found.append((base + index, value))
        except OSError as error:
            self._fail(name, error)
            return
        if name in self._failing:
            self._failing.remove(name)
            self._say("sensor %s: answers again" % name)

    def _fail(self, name, error):
        self.errors += 1
        if name not in self._failing:
            self._failing.add(name)
            self._say("sensor %s: %s" % (name, error))
