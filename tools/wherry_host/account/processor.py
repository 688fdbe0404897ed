"""Measure how long a board on this computer, or the board's servers, waited for a processor."""

import os
from bisect import bisect_left, bisect_right
from itertools import pairwise
from operator import attrgetter
from typing import NamedTuple

from wherry_host.account.stalls import FAST, Meter, Stall
from wherry_host.account.waits import OWN, STEP_S, Waits, children, stolen_ns

# At this number of looks, after 14 hours, the older half is deleted.
_LOOKS_MAX = 1_000_000
# A board that waited for this share of the time between two looks was held up.
_HELD_SHARE = 0.5
# The number of sums in a Look.
_SUMS_COUNT = 5


class Look(NamedTuple):
    """A measurement at a true Unix us; the other fields are in us of true time.

    True time then ran `scale` times as fast as the time of this computer.
    """

    time_us: int
    scale: float
    #: The time that all threads, and the board's threads, have waited so far in completed waits;
    #: the time that the board's threads, and all threads, have run.
    waited_us: float
    board_waited_us: float
    board_ran_us: float
    ran_us: float
    #: The time in which threads of the board ended; it is unknown whether they ran or waited.
    ended_us: float
    #: The time that all threads, and the board's threads, may have waited in unfinished waits.
    waiting_us: float
    board_waiting_us: float
    #: The longest time for which any thread has not run so far.
    stalled_us: float
    #: The longest wait, of all threads and of the board's, that has just ended.
    reach_us: float
    board_reach_us: float


class ProcessorMeter(Meter):
    """Watches a VirtualBoard's processes and the threads of this process while inside `with`.

    Times are on the board's clock.
    """

    def __init__(self, board):
        super().__init__(STEP_S)
        self._board = board
        self._waits = Waits()
        self._looks = []
        self._sums_ns, self._sums_us = (0,) * _SUMS_COUNT, [0.0] * _SUMS_COUNT

    def __enter__(self):
        self.look()
        return super().__enter__()

    def look(self):
        """Note how long all threads have waited and run so far."""
        OWN.look(os.getpid())
        supervisor = self._board.process_id
        if supervisor is not None:
            self._waits.look(supervisor, *children(supervisor))
        ran_ns, board_ns, board_waiting_ns = self._waits.sums_ns()
        own_ran_ns, own_ns, own_waiting_ns = OWN.sums_ns()
        board_ns += stolen_ns()
        sums_ns = (
            board_ns + own_ns, board_ns, ran_ns, ran_ns + own_ran_ns, self._waits.ended_ns()
        )  # fmt: skip
        waits_ns = (
            board_waiting_ns + own_waiting_ns, board_waiting_ns,
            max(self._waits.stalled_ns(), OWN.stalled_ns()),
            max(self._waits.reach_ns(), OWN.reach_ns()), self._waits.reach_ns(),
        )  # fmt: skip
        if len(self._looks) == _LOOKS_MAX:
            # A new list, because another thread may be reading the old one.
            self._looks = self._looks[_LOOKS_MAX // 2 :]
        clock = self._board.clock
        scale = clock.scale
        # The sums are in true time because the clock's speed may change.
        self._sums_us = [
            sum_us + (now_ns - before_ns) / 1000 * scale
            for sum_us, now_ns, before_ns in zip(
                self._sums_us, sums_ns, self._sums_ns, strict=True
            )
        ]
        self._sums_ns = sums_ns
        waits_us = [wait_ns / 1000 * scale for wait_ns in waits_ns]
        self._looks.append(Look(clock.now_us(), scale, *self._sums_us, *waits_us))

    def within(self, begin_us, end_us):
        """Return the true time in us that was lost in or close to a span of true Unix us."""
        waiting = attrgetter("waiting_us")
        return self._passed(begin_us, end_us, lambda look: look.waited_us + look.ended_us, waiting)

    def ran_within(self, begin_us, end_us):
        """Return the true time in us for which the board's processes ran in a span."""
        return self._passed(begin_us, end_us, attrgetter("board_ran_us"))

    def board_within(self, begin_us, end_us):
        """Return the true time in us that the board waited within a span.

        On a busy processor, a stall comes in slices. Slices of threads that wait for each other
        are one stall.
        """
        waited, waiting = attrgetter("board_waited_us"), attrgetter("board_waiting_us")
        return self._passed(begin_us, end_us, waited, waiting)

    def longest(self, begin_us, end_us):
        """Return the longest wait of one thread that ended in a span, in us of true time."""
        first, last = self._around(begin_us, end_us)
        return max((look.stalled_us for look in self._looks[first + 1 : last + 1]), default=0)

    def longest_stall(self, begin_us, end_us, with_servers=False):
        """Return the longest Stall of the board that touches a span.

        A stall consists of successive looks between which the board's threads waited for most of
        the time. On a fast clock, the time that they ran counts as well. `with_servers` adds the
        threads of this process, which runs the servers.
        """
        first, last = self._around(begin_us, end_us)
        longest = stall = Stall(begin_us, 0)
        looks = self._looks[first : last + 1]
        for before, after, held_us in held_between(looks, with_servers):
            begin = stall if stall.length_us else Stall(before.time_us, 0, after.scale)
            stall = begin._replace(length_us=stall.length_us + held_us)
            longest = max(longest, stall, key=attrgetter("length_us"))
            if held_us < _HELD_SHARE * (after.time_us - before.time_us):
                # A stall may begin between the two looks before it shows.
                stall = Stall(before.time_us, held_us, after.scale)
        return longest

    def total_stall(self, begin_us, end_us):
        """Return a Stall as long as all stalls of the board that touch a span together.

        It begins where the longest of them begins; only time within the span counts.
        """
        first, last = self._around(begin_us, end_us)
        held = held_between(self._looks[first : last + 1], with_servers=False)
        stalled_us = [
            max(0, min(held_us, end_us - before.time_us, after.time_us - begin_us))
            for before, after, held_us in held
            if held_us >= _HELD_SHARE * (after.time_us - before.time_us)
        ]
        longest = self.longest_stall(begin_us, end_us)
        return longest._replace(length_us=max(longest.length_us, sum(stalled_us)))

    def _around(self, begin_us, end_us):
        """Return the indexes of the last look before a span and of the first one after it."""
        looks, time_us = self._looks, attrgetter("time_us")
        before = max(bisect_left(looks, begin_us, key=time_us) - 1, 0)
        after = min(bisect_right(looks, end_us, key=time_us), len(looks) - 1)
        return before, after

    def _passed(self, begin_us, end_us, of_look, waiting=None):
        looks = self._looks
        before, after = self._around(begin_us, end_us)
        passed_us = of_look(looks[after]) - of_look(looks[before])
        # An unfinished wait may be shorter than it seems, so it counts at the end of a span but is
        # not subtracted at the start.
        if waiting and before < after:
            passed_us += waiting(looks[after])
        return passed_us


def held_between(looks, with_servers):
    """Return [(before, after, us for which the board was held up between these two looks)]."""
    held, reached_us = [], float("inf")
    for after, before in pairwise(reversed(looks)):
        # The kernel counts a wait when it is over, so the wait may have begun before this look.
        reach_us = after.reach_us if with_servers else after.board_reach_us
        reached_us = min(reached_us, after.time_us - reach_us)
        held_us = _held_us(before, after, with_servers)
        held_us = max(held_us, after.time_us - max(before.time_us, reached_us))
        held.append((before, after, held_us))
    return reversed(held)


def _held_us(before, after, with_servers):
    """Return the true time in us for which the board was held up between two looks."""
    if with_servers:
        held_us = after.waited_us - before.waited_us + after.waiting_us
        ran_us = after.ran_us - before.ran_us
    else:
        # As in `_passed`, an unfinished wait is not subtracted, because it may be shorter than it
        # seems.
        held_us = after.board_waited_us - before.board_waited_us + after.board_waiting_us
        ran_us = after.board_ran_us - before.board_ran_us
    # On a slow clock, a board has at least as much time to run as a chip.
    if after.scale >= FAST:
        held_us += ran_us
    held_us += after.ended_us - before.ended_us
    return min(max(held_us, 0), after.time_us - before.time_us)
