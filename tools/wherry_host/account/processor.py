"""How long a board on this computer, or its servers, were ready to run and had no processor."""

import os
from bisect import bisect_left, bisect_right
from itertools import pairwise
from operator import attrgetter
from typing import NamedTuple

from wherry_host.account.stalls import Meter, Stall
from wherry_host.account.waits import OWN, STEP_S, Waits, children, stolen_ns

# The older half is forgotten then, after 14 hours.
_LOOKS_MAX = 1_000_000
# A board that ran or waited for this share of the time between two looks was held up in it.
_HELD_SHARE = 0.5


class Look(NamedTuple):
    """What was seen at a true Unix us, all else in ns."""

    time_us: int
    #: How long all threads had waited until then in waits that were over, those of the board, how
    #: long these had run, and all of them.
    waited_ns: int
    board_waited_ns: int
    board_ran_ns: int
    ran_ns: int
    #: How long all threads, those of the board, may have waited in waits that were not over.
    waiting_ns: int
    board_waiting_ns: int
    #: In which one of the board's threads ended: whether it ran or waited then, nobody has seen.
    ended_ns: int
    #: The longest time that one of all threads has not run.
    stalled_ns: int


class ProcessorMeter(Meter):
    """Inside `with` it watches a VirtualBoard's processes, and the threads of this one.

    Times are those of the board's clock.
    """

    def __init__(self, board):
        super().__init__(STEP_S)
        self._board = board
        self._waits = Waits()
        self._looks = []

    def __enter__(self):
        self.look()
        return super().__enter__()

    def look(self):
        """Note how long all have waited and run so far."""
        OWN.look(os.getpid())
        supervisor = self._board.process_id
        if supervisor is not None:
            self._waits.look(supervisor, *children(supervisor))
        ran_ns, board_ns, board_waiting_ns = self._waits.sums_ns()
        own_ran_ns, own_ns, own_waiting_ns = OWN.sums_ns()
        board_ns += stolen_ns()
        stalled_ns = max(self._waits.stalled_ns(), OWN.stalled_ns())
        if len(self._looks) == _LOOKS_MAX:
            # A list of its own, for another thread may be looking into the old one.
            self._looks = self._looks[_LOOKS_MAX // 2 :]
        now_us = self._board.clock.now_us()
        ended_ns = self._waits.ended_ns()
        self._looks.append(
            Look(
                now_us, board_ns + own_ns, board_ns, ran_ns, ran_ns + own_ran_ns,
                board_waiting_ns + own_waiting_ns, board_waiting_ns, ended_ns, stalled_ns,
            )
        )  # fmt: skip

    def within(self, begin_us, end_us):
        """Return the us of true time that were lost between two true Unix us, or about then."""
        waiting = attrgetter("waiting_ns")
        return self._passed(begin_us, end_us, lambda look: look.waited_ns + look.ended_ns, waiting)

    def ran_within(self, begin_us, end_us):
        """Return the us of true time for which the board's processes ran, likewise."""
        return self._passed(begin_us, end_us, attrgetter("board_ran_ns"))

    def board_within(self, begin_us, end_us):
        """Return the us of true time that the board waited within a span.

        On a busy processor a stall comes in slices: of threads that wait for each other these are
        one.
        """
        waited, waiting = attrgetter("board_waited_ns"), attrgetter("board_waiting_ns")
        return self._passed(begin_us, end_us, waited, waiting)

    def longest(self, begin_us, end_us):
        """Return the us of true time of the longest wait of one thread that ended in a span."""
        first, last = self._around(begin_us, end_us)
        stalls_ns = [look.stalled_ns for look in self._looks[first + 1 : last + 1]]
        return max(stalls_ns, default=0) / 1000 * self._board.clock.scale

    def longest_stall(self, begin_us, end_us, with_servers=False):
        """Return the Stall in which the board was held up for longest, of those that touch a span.

        It is made of looks, one after the other, between which the board's threads ran or waited
        for most of the time. `with_servers` adds the threads of this process: its servers.
        """
        first, last = self._around(begin_us, end_us)
        longest = stall = Stall(begin_us, 0)
        for before, after in pairwise(self._looks[first : last + 1]):
            held_us = self._held_us(before, after, with_servers)
            stall_begin_us = stall.begin_us if stall.length_us else before.time_us
            stall = Stall(stall_begin_us, stall.length_us + held_us)
            longest = max(longest, stall, key=attrgetter("length_us"))
            if held_us < _HELD_SHARE * (after.time_us - before.time_us):
                # A stall may begin between these two looks.
                stall = Stall(before.time_us, held_us)
        return longest

    def _held_us(self, before, after, with_servers):
        """Return how much of the true time between two looks the board ran or waited, in us."""
        if with_servers:
            passed_ns = after.ran_ns + after.waited_ns - before.ran_ns - before.waited_ns
            passed_ns += after.waiting_ns
        else:
            passed_ns = after.board_ran_ns + after.board_waited_ns
            passed_ns -= before.board_ran_ns + before.board_waited_ns
            # Of a wait that is not over nothing is taken off, as in `_passed`: it may end shorter.
            passed_ns += after.board_waiting_ns
        passed_ns += after.ended_ns - before.ended_ns
        held_us = passed_ns / 1000 * self._board.clock.scale
        return min(max(held_us, 0), after.time_us - before.time_us)

    def _around(self, begin_us, end_us):
        """Return the places of the last look before a span and of the first one after it."""
        looks, time_us = self._looks, attrgetter("time_us")
        before = max(bisect_left(looks, begin_us, key=time_us) - 1, 0)
        after = min(bisect_right(looks, end_us, key=time_us), len(looks) - 1)
        return before, after

    def _passed(self, begin_us, end_us, of_look, waiting=None):
        looks = self._looks
        before, after = self._around(begin_us, end_us)
        passed_ns = of_look(looks[after]) - of_look(looks[before])
        # A wait that is not over may be shorter than it seems: at the end of a span it counts, at
        # its begin nothing of it is taken off.
        if waiting and before < after:
            passed_ns += waiting(looks[after])
        return passed_ns / 1000 * self._board.clock.scale
