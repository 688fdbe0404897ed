"""Measure how long this computer stalled, which limits how exact a node's stamps can be."""

import threading
from bisect import bisect_right
from operator import attrgetter
from typing import NamedTuple

_STEP_S = 0.005
# From this clock speed on, a computer is too slow even without stalls: a handshake takes longer
# than on a chip.
FAST = 4
# Shorter delays are normal scheduling.
_STALL_S_MIN = 0.03
# At this number of stalls, the older half is deleted, because a demo may run for days.
_STALLS_MAX = 100_000


class Stall(NamedTuple):
    """A span of time in which the computer held a board up; `begin_us` is true Unix us.

    `length_us` is in true time, which then ran `scale` times as fast as the computer's time.
    """

    begin_us: int
    length_us: float
    scale: float = 1.0


class Meter:
    """While inside `with`, a thread calls the subclass's `look()` every `step_s`."""

    def __init__(self, step_s):
        self._step_s = step_s
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *error):
        self._over.set()
        self._thread.join()

    def _run(self):
        while not self._over.wait(self._step_s):
            self.look()


class StallMeter(Meter):
    """While inside `with`, notes when a thread that is always ready could not run."""

    def __init__(self, clock):
        super().__init__(_STEP_S)
        self._clock = clock
        self._stalls = []
        self._last_us = None

    def __enter__(self):
        self._last_us = self._clock.now_us()
        return super().__enter__()

    def look(self):
        """Note the time since the last look if it was too long."""
        last_us, now_us = self._last_us, self._clock.now_us()
        if now_us - last_us > _STALL_S_MIN * self._clock.scale * 1_000_000:
            self._note((last_us, now_us, self._clock.scale))
        self._last_us = now_us

    def _note(self, stall):
        if len(self._stalls) == _STALLS_MAX:
            # A new list, because another thread may be reading the old one.
            self._stalls = self._stalls[_STALLS_MAX // 2 :]
        self._stalls.append(stall)

    def within(self, begin_us, end_us):
        """Return the true time in us lost in stalls that touch a span of true Unix us."""
        return sum(self._touching(begin_us, end_us))

    def largest(self, begin_us, end_us):
        """Return the length in us of true time of the largest stall that touches a span."""
        return max(self._touching(begin_us, end_us), default=0)

    def longest_stall(self, begin_us, end_us):
        """Return the longest part of a stall within a span, as a Stall."""
        stalls = [
            Stall(
                max(before_us, begin_us), min(after_us, end_us) - max(before_us, begin_us), scale
            )
            for before_us, after_us, scale in self._touched(begin_us, end_us)
        ]
        return max(stalls, key=attrgetter("length_us"), default=Stall(begin_us, 0))

    def _touching(self, begin_us, end_us):
        touched = self._touched(begin_us, end_us)
        return [after_us - before_us for before_us, after_us, _ in touched]

    def _touched(self, begin_us, end_us):
        stalls = self._stalls
        begin = bisect_right(stalls, begin_us, key=lambda stall: stall[1])
        end = bisect_right(stalls, end_us, key=lambda stall: stall[0])
        return stalls[begin:end]


class Standstill:
    """The time that a run lost: a StallMeter measures stalls, a ProcessorMeter measures waits."""

    def __init__(self, stalls, processor):
        self._stalls, self._processor = stalls, processor

    def longest_stall(self, begin_us, end_us, with_servers=False):
        """Return the longest single Stall of the board that touches a span of true Unix us.

        `with_servers` adds stalls of the servers, for boards that cannot continue without them.
        """
        stalls = [
            self._stalls.longest_stall(begin_us, end_us),
            self._processor.longest_stall(begin_us, end_us, with_servers),
        ]
        return max(stalls, key=attrgetter("length_us"))

    def total_stall(self, begin_us, end_us):
        """Return a Stall as long as all the board's waits for a processor in a span together.

        A stall of the whole computer counts instead if it is longer.
        """
        stalls = [
            self._stalls.longest_stall(begin_us, end_us),
            self._processor.total_stall(begin_us, end_us),
        ]
        return max(stalls, key=attrgetter("length_us"))

    def largest_us(self, begin_us, end_us):
        """Return the length in us of true time of the largest single stall that touches a span."""
        waited_us = self._processor.board_within(begin_us, end_us)
        return max(self._stalls.largest(begin_us, end_us), waited_us)

    def longest_us(self, begin_us, end_us):
        """Return the longest wait for a processor that ended in a span, in us of true time."""
        return self._processor.longest(begin_us, end_us)

    def total_us(self, begin_us, end_us):
        """Return the true time in us that a span lost to all stalls and waits."""
        waited_us = self._processor.within(begin_us, end_us)
        return self._stalls.within(begin_us, end_us) + waited_us

    def taken_us(self, begin_us, end_us):
        """Return total_us plus the true time in us for which the board itself ran.

        On a fast clock, a handshake takes more true time than on a chip.
        """
        ran_us = self._processor.ran_within(begin_us, end_us)
        return self.total_us(begin_us, end_us) + ran_us
