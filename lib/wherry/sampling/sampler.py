"""The sampler: starts all sensors together, reads each when it is ready, and creates the rows.

One row is enough for most nodes: it has room for 32 channels, and those of a sensor stay together.
A sensor that fails, with any exception, is counted and retried at the next row; it never stops the
others. Fast sensors, those with a FIFO, are left to `fifos`.
"""

from micropython import const

from wherry.reading import ROW_CHANNELS_MAX, VALUE_MAX

# The limit for a driver that repeatedly requests more time; failures.py has the text for it.
_READY_MS_MAX = const(600_000)


class Sampler:
    """`sensors` are (label, Sensor, channel count); their channels are consecutive in the row.

    A label is printed with each failure. `say(text)` prints a line. After `sample`, `rows` has the
    measured channels, as (mask, values) for each row, and `errors` counts the values withheld
    since the caller set it to 0. `fifos` is None if no sensor is fast. `plan` is a Plan of the
    others, or None if they are always powered and due at each sample.
    """

    def __init__(self, sensors, say, plan=None):
        self._sensors = []
        self._say = say
        self._plan = plan
        self.fifos = None
        # The channel indices at which the rows end.
        self._ends = []
        begin = base = 0
        for number, (label, sensor, count) in enumerate(sensors, 1):
            if hasattr(sensor, "period_us"):
                if not self.fifos:
                    from wherry.sampling.fifos import Fifos

                    self.fifos = Fifos(say)
                self.fifos.add(number, label, sensor, base, count)
            else:
                self._sensors.append((number, label, sensor, base))
            if base + count - begin > ROW_CHANNELS_MAX:
                self._ends.append(base)
                begin = base
            base += count
        self._ends.append(base)
        # The indices in `_sensors` of the sensors that have received their settings; the counts
        # that failures.py keeps.
        self._ready = set()
        self._failing = {}
        self.errors = 0
        self.rows = []

    def sample(self, ticks, wait, *grid) -> int:
        """Measure once and return the ticks of the measurement; `ticks()` reads the clock.

        `wait(ms)` waits while sensors measure. `grid` is (Clock, period in ms) for the Plan.
        """
        left_out = self._plan.begin(self._ready, wait, *grid) if self._plan else ()
        begin = ticks()
        measuring = []
        found = []
        for i in range(len(self._sensors)):
            if i not in left_out:
                self._step(i, True, ticks, measuring, found)
        taken = (begin + ticks()) // 2
        while measuring:
            measuring.sort()
            due, i = measuring.pop(0)
            left = due - ticks()
            if left > 0:
                wait(left)
            if due - begin > _READY_MS_MAX:
                self._count(i, [None])
            else:
                self._step(i, False, ticks, measuring, found)
        if self._plan:
            self._plan.end()
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

    def _step(self, i, is_first, ticks, measuring, found):
        """Start a sensor or read it; if it requests time, add it to `measuring`."""
        _, _, sensor, base = self._sensors[i]
        withheld = []
        try:
            readings = sensor.start(i not in self._ready) if is_first else 0
            readings = readings or sensor.read()
            if type(readings) is int:
                # One ms is added, because the ticks may be almost 1 ms behind. Even a wait of 1 ms
                # feeds the watchdog.
                measuring.append((ticks() + readings + 1, i))
                return
            for index, value in readings:
                # A string is the reason why a value is withheld.
                if type(value) is str or not -VALUE_MAX <= value <= VALUE_MAX:
                    withheld.append(value)
                else:
                    found.append((base + index, value))
        except Exception as error:
            withheld.append(error)
        self._count(i, withheld)

    def _count(self, i, withheld):
        """Count the withheld values of a sensor's reading, and report changes."""
        self.errors += len(withheld)
        self._ready.discard(i)
        if not withheld:
            self._ready.add(i)
        if withheld or self._failing:
            from wherry.sampling import failures

            failures.count(self._failing, self._sensors[i], withheld, self._say)
