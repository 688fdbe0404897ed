"""Bursts: the samples that fast sensors keep in a FIFO of their own, each with its own time.

A fast sensor has `period_us` (what its rate should be), `depth` (how many samples its FIFO holds)
and `settling` (how many after a start are none yet), and three steps, which raise OSError:

    start()     sampling begins, with an empty FIFO
    waiting()   how many samples are in the FIFO at this moment
    read()      [[value, ...], ...] of those, the oldest first; fewer if the bus failed on the way

Loaded only where a node has one. Samples that were taken and never read are sensor errors.
"""

from micropython import const

# After so many failed looks in a row the chip is started anew: it may have lost its power.
_FAILURES_MAX = const(3)
_AGAIN_MS = const(100)
_RESTART_MS = const(1000)
# Samples behind the settling ones that are looked at one by one, to find out when they come.
_SEARCH_COUNT = const(8)
# A sample that was expected earlier is waited for in steps of this part of a period.
_LATE = const(16)
# How far off a chip's own clock may be at first, as a part of its period.
_TOLERANCE = const(8)
# A period is measured over so many samples, and may change by this part of it between two looks.
_BASE_COUNT = const(256)
_WANDER = const(32768)
# Two readings of the clock in ms tell no more about what lies between them.
_TICK_US = const(1000)


class Pace:
    """When a chip takes its samples, found out by counting them at moments of the node's clock.

    At a look the newest sample was there and the next one was not: its age lies between 0 and a
    period, and between `low_us` and `high_us`, what is left of the bounds from the look before. A
    look at the moment at which a sample is expected halves them. `period_us` may be wrong by
    `doubt_us`.
    """

    def __init__(self, period_us: int):
        self.period_us = period_us
        self.doubt_us = period_us // _TOLERANCE
        self.low_us, self.high_us = 0, period_us
        self._base = None

    def age_us(self) -> int:
        """Return the age of the newest sample at the last look."""
        return (self.low_us + self.high_us) // 2

    def look(self, passed_us: int, jitter_us: int, count: int, is_full: bool) -> int:
        """Take in that `count` samples have come since the last look; return how many are missing.

        The moment of the look is known to `jitter_us`. Of a full FIFO it is likely that samples
        are missing; otherwise it must be certain.
        """
        period_us = self.period_us
        low_us = self.low_us + passed_us - count * (period_us + self.doubt_us)
        high_us = self.high_us + passed_us - count * (period_us - self.doubt_us)
        middle_us = (low_us + high_us) // 2
        most_us = period_us + self.doubt_us + jitter_us
        if (middle_us if is_full else low_us) > most_us:
            self.low_us, self.high_us, self._base = 0, period_us, None
            return middle_us // period_us
        self.low_us = min(max(low_us, -jitter_us), most_us)
        self.high_us = max(min(high_us, most_us), self.low_us)
        self._measure(passed_us, count)
        return 0

    def unread(self, count: int) -> None:
        """Take back that the newest `count` samples have come: they are still in the FIFO."""
        self.low_us += count * self.period_us
        self.high_us += count * self.period_us
        self._base = None

    def _measure(self, passed_us, count):
        """Narrow down the period by the time that so many samples have taken since the base."""
        if self._base:
            low_us, high_us, base_us, base_count = self._base
            base_us += passed_us
            base_count += count
            self._base = (low_us, high_us, base_us, base_count)
            if base_count:
                least_us = (base_us + low_us - self.high_us) // base_count
                most_us = (base_us + high_us - self.low_us) // base_count + 1
                low_us = max(least_us, self.period_us - self.doubt_us)
                high_us = min(most_us, self.period_us + self.doubt_us)
                if low_us > high_us:
                    # It has changed by more than was thought.
                    low_us, high_us = least_us, most_us
                self.period_us = (low_us + high_us) // 2
                self.doubt_us = (high_us - low_us + 1) // 2
            if base_count >= _BASE_COUNT:
                self._base = None
        if not self._base:
            self._base = (self.low_us, self.high_us, 0, 0)
        self.doubt_us += self.period_us // _WANDER + 1


class Burst:
    """One fast sensor: looks when it is due, and gives each sample its ticks.

    `due`: the ticks of the next look. `lost`: the samples that will never be read; the owner
    counts them and sets it to 0. `last_ms` is the newest stamp of its rows, kept by the owner.
    """

    def __init__(self, sensor):
        self._sensor = sensor
        self._pace = None
        self.due = self.lost = 0
        self.last_ms = None
        self._looked = self._seen = self._failures = 0
        self._last = -1

    def samples(self, ticks) -> list:
        """Return [(ticks, values)] of what came since the last look. Raises the sensor's OSError.

        `ticks()` reads the node's clock.
        """
        try:
            found = self._look(ticks) if self._pace else self._start(ticks)
        except OSError:
            self._failures += 1
            if self._failures >= _FAILURES_MAX:
                self._pace = None
            self.due = ticks() + (_AGAIN_MS if self._pace else _RESTART_MS)
            raise
        self._failures = 0
        return found

    def _start(self, ticks):
        self._sensor.start()
        now = ticks()
        period_us = self._sensor.period_us
        if self._seen:
            # It ran before: what it took since the last look is gone.
            self.lost += (now - self._looked) * 1000 // period_us
        self._pace = Pace(period_us)
        self._looked = now
        self._seen = 0
        self.due = now + period_us // 1000
        return []

    def _look(self, ticks):
        pace, sensor = self._pace, self._sensor
        before = ticks()
        count = sensor.waiting()
        after = ticks()
        passed_us = ((before + after) // 2 - self._looked) * 1000
        self._looked = (before + after) // 2
        span_us = passed_us + pace.age_us()
        jitter_us = (after - before) * 500 + _TICK_US
        missing = pace.look(passed_us, jitter_us, count, count >= sensor.depth)
        span_us -= pace.age_us()
        self.lost += missing
        if missing and not count:
            raise OSError("no sample comes")
        try:
            rows = sensor.read()
        except OSError:
            pace.unread(count)
            raise
        found = self._dated(rows, count, span_us // (count + missing) if rows else 0)
        if len(rows) < count:
            pace.unread(count - len(rows))
        is_known = self._seen > sensor.settling + _SEARCH_COUNT
        wanted = sensor.depth // 2 - count + len(rows) if is_known else 1
        # One that is late may be there at any moment.
        away_us = max(wanted * pace.period_us - pace.age_us(), pace.period_us // _LATE)
        self.due = self._looked + away_us // 1000
        return found

    def _dated(self, rows, count, period_us):
        """Return the rows with their ticks; those from before the sensor had settled are none."""
        age_us = self._pace.age_us() + count * period_us
        found = []
        for values in rows:
            age_us -= period_us
            # Two samples in one millisecond would be one at a server that deduplicates.
            self._last = max(self._looked - (age_us + 500) // 1000, self._last + 1)
            self._seen += 1
            if self._seen > self._sensor.settling:
                found.append((self._last, values))
        return found


class Bursts:
    """All fast sensors of a node; `due` is when `take` has something to do."""

    def __init__(self, say):
        self._say = say
        self._bursts = []
        self._failing = set()
        self.due = 0

    def add(self, name: str, sensor, base: int, channel_count: int) -> None:
        """Take on a sensor whose channels begin at index `base` of a row."""
        self._bursts.append((name, Burst(sensor), (1 << channel_count) - 1 << base))

    def take(self, node) -> None:
        """Read the sensors that are due, and have the node keep their rows."""
        state = node.stage.state

        def ticks():
            return node.clock.ticks(node.ports.rtc_ms())

        for name, burst, mask in self._bursts:
            if burst.last_ms is None:
                burst.last_ms = state.last_ms
            if ticks() < burst.due:
                continue
            try:
                found = burst.samples(ticks)
                if found and name in self._failing:
                    self._failing.remove(name)
                    self._say("sensor %s: answers again" % name)
            except OSError as error:
                found = []
                state.sensor_errors += 1
                if name not in self._failing:
                    self._failing.add(name)
                    self._say("sensor %s: %s" % (name, error))
            if burst.lost:
                self._say("sensor %s: %d samples lost" % (name, burst.lost))
                state.sensor_errors += burst.lost
                burst.lost = 0
            if found:
                _keep(node, self._stamped(node.clock, burst, mask, found))
        self.due = min([burst.due for _, burst, _ in self._bursts])

    def _stamped(self, clock, burst, mask, found):
        """Return the rows as Queue.append takes them.

        They are in order among themselves: rows of other channels may have later stamps already.
        """
        state = clock.state
        newest_ms, state.last_ms = state.last_ms, burst.last_ms
        rows = [clock.stamp(taken, True) + (mask, values) for taken, values in found]
        burst.last_ms = state.last_ms
        state.last_ms = max(newest_ms, state.last_ms)
        return rows


def _keep(node, rows):
    """Make the rows durable at once; those that the flash does not take go into the stage."""
    queue, stage, say = node.queue, node.stage, node.ports.say
    kept = 0
    try:
        node.drain_stage()
        first = queue.next_row
        try:
            queue.extend(rows)
        finally:
            kept = queue.next_row - first
            if kept:
                numbers = (first, first + kept - 1, _reading_count(rows[:kept]))
                say("rows %d to %d: %d readings" % numbers)
    except OSError as error:
        waiting = 0
        for row in rows[kept:]:
            if not stage.append(queue.next_row + stage.count, *row):
                break
            waiting += 1
        lost = _reading_count(rows[kept + waiting :])
        say("%d rows wait, %d readings lost: flash: %s" % (waiting, lost, error))
        queue.readings += lost
        for upload in node.uploads:
            upload.ledger.dropped += lost


def _reading_count(rows):
    return sum([len(row[-1]) for row in rows])
