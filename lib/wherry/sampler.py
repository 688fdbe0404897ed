"""The sampler: starts all sensors together, reads each as it gets ready, and makes rows of them.

One row does for most nodes: it has room for 32 channels, and those of a sensor stay together.
A sensor that fails, with whatever exception, is counted and tried again at the next row; it never
stops the others. Fast sensors, those with a FIFO of their own, are left to `fifos`.
"""

from wherry.reading import ROW_CHANNELS_MAX, VALUE_MAX


class Sampler:
    """`sensors` are (name, Sensor, channel count); their channels follow one another in the row.

    `say(text)` prints a line. After `sample`, `rows` has the channels measured, as (mask, values)
    for each row. `fifos` is None if no sensor is fast.
    """

    def __init__(self, sensors, say):
        self._sensors = []
        self._say = say
        self.fifos = None
        # Where the channels of a row end.
        self._ends = []
        begin = base = 0
        for name, sensor, count in sensors:
            if hasattr(sensor, "period_us"):
                if not self.fifos:
                    from wherry.fifo.fifos import Fifos

                    self.fifos = Fifos(say)
                self.fifos.add(name, sensor, base, count)
            else:
                self._sensors.append((name, sensor, base))
            if base + count - begin > ROW_CHANNELS_MAX:
                self._ends.append(base)
                begin = base
            base += count
        self._ends.append(base)
        # Places in `_sensors`: two may have one driver's name.
        self._failing = set()
        self.errors = 0
        self.rows = []

    def sample(self, ticks, wait) -> int:
        """Measure once and return the ticks (from the function given) of the measurement.

        `wait(ms)` passes time while sensors measure.
        """
        begin = ticks()
        slow = []
        found = []
        for i, (_, sensor, _) in enumerate(self._sensors):
            try:
                wait_ms = sensor.start()
                if wait_ms:
                    slow.append((ticks() + wait_ms, i))
                else:
                    self._read(i, found)
            except OSError as error:
                self._fail(i, error)
            except Exception as error:
                self._fail(i, repr(error))
        taken = (begin + ticks()) // 2
        for due, i in sorted(slow):
            left = due - ticks()
            if left > 0:
                wait(left)
            self._read(i, found)
        found.sort()
        self.rows = []
        begin = 0
        for end in self._ends:
            row = [each for each in found if begin <= each[0] < end]
            if row:
                mask = sum([1 << index for index, _ in row])
                self.rows.append((mask, [value for _, value in row]))
            begin = end
        return taken

    def _read(self, i, found):
        name, sensor, base = self._sensors[i]
        try:
            for index, value in sensor.read():
                if not -VALUE_MAX <= value <= VALUE_MAX:
                    raise OSError("%s: value %d is beyond what a row holds" % (name, value))
                found.append((base + index, value))
        except OSError as error:
            self._fail(i, error)
            return
        except Exception as error:
            self._fail(i, repr(error))
            return
        if i in self._failing:
            self._failing.remove(i)
            self._say("sensor %s: responding again" % name)

    def _fail(self, i, error):
        self.errors += 1
        if i not in self._failing:
            self._failing.add(i)
            self._say("sensor %s: %s" % (self._sensors[i][0], error))
