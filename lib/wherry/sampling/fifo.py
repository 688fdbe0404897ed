"""The FIFO of one fast sensor: read when half of it is full, each sample with its ticks.

A fast sensor has `period_us` (what its rate should be), `depth` (how many samples its FIFO holds)
and `settling` (how many after a start are none yet), and three steps, which raise OSError:

    start()     sampling begins, with an empty FIFO
    waiting()   how many samples are in the FIFO at this moment
    read()      [[value, ...], ...] of those, the oldest first; fewer if the bus failed on the way
"""

from micropython import const

from wherry.sampling.pace import Pace

# After so many failed looks in a row the chip is started anew: it may have lost its power.
_FAILURES_MAX = const(3)
_AGAIN_MS = const(100)
_RESTART_MS = const(1000)
# Samples after the settling ones that are looked at one by one, to find out when they come.
_SEARCH_COUNT = const(8)
# A sample that was expected earlier is waited for in steps of this part of a period.
_LATE = const(16)
# The ms of two readings of the clock bound what lies between them to this.
_TICK_US = const(1000)


class Fifo:
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
        """Return [(ticks, values)] of what came since the last look.

        `ticks()` reads the node's clock. Raises the sensor's exception.
        """
        try:
            found = self._look(ticks) if self._pace else self._start(ticks)
        except Exception:
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
        except Exception:
            pace.unread(count)
            raise
        found = self._dated(rows, count, span_us // (count + missing)) if rows else []
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
