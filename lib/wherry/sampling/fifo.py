"""The FIFO of one fast sensor: read when half of it is full, each sample with its ticks.

A fast sensor has `period_us` (nominal), `depth` (the size of its FIFO in samples) and `settling`
(the number of invalid samples after a start), and three methods, which raise OSError:

    start()     begins sampling with an empty FIFO
    waiting()   returns the number of samples in the FIFO
    read()      returns [[value, ...], ...] of those, oldest first; fewer if the bus fails
"""

from micropython import const

from wherry.sampling.pace import Pace

# After this many consecutive failures the chip is restarted: it may have lost its power.
_FAILURES_MAX = const(3)
_AGAIN_MS = const(100)
_RESTART_MS = const(1000)
# The number of samples, after the settling ones, that are read singly to find out when they come.
_SEARCH_COUNT = const(8)
# A late sample is polled in steps of this fraction of a period.
_LATE = const(16)
# The error of the difference between two readings of the clock, which are in ms.
_TICK_US = const(1000)


class Fifo:
    """One fast sensor: looks when it is due, and dates each sample in ticks.

    `due`: the ticks of the next look. `lost`: the number of samples that will never be read; the
    owner counts them and sets it to 0. `last_ms`: the newest stamp of its rows, set by the owner.
    """

    def __init__(self, sensor):
        self._sensor = sensor
        self._pace = None
        self.due = self.lost = 0
        self.last_ms = None
        self._looked = self._seen = self._failures = 0
        self._last = -1

    def samples(self, ticks) -> list:
        """Return [(ticks, values)] of the samples since the last look.

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
            # It ran before: its samples since the last look are lost.
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
            raise OSError("no samples")
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
        # A late sample may come at any moment.
        away_us = max(wanted * pace.period_us - pace.age_us(), pace.period_us // _LATE)
        self.due = self._looked + away_us // 1000
        return found

    def _dated(self, rows, count, period_us):
        """Return the rows with their ticks, without the rows from before the sensor settled."""
        age_us = self._pace.age_us() + count * period_us
        found = []
        for values in rows:
            age_us -= period_us
            # A server that deduplicates would merge two samples of one millisecond.
            self._last = max(self._looked - (age_us + 500) // 1000, self._last + 1)
            self._seen += 1
            if self._seen > self._sensor.settling:
                found.append((self._last, values))
        return found
