"""How long a board on this computer, or its servers, were ready to run and had no processor.

Linux counts the time that a thread ran, and that it waited for a processor: the first two numbers,
in ns, of /proc/PID/task/TID/schedstat (Documentation/scheduler/sched-stats.rst). It does not count
how long a thread waited for a disk or was stopped: its state tells it, if it did not run since the
last look. What a hypervisor took from all processors is "steal" of /proc/stat (proc(5)).
"""

import os
import threading
import time
from bisect import bisect_left, bisect_right
from contextlib import suppress
from itertools import pairwise
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

from wherry_host.account.stalls import Meter, Stall

_STEP_S = 0.05
# The older half is forgotten then, after 14 hours.
_LOOKS_MAX = 1_000_000
# A board that ran or waited for this share of the time between two looks was held up in it.
_HELD_SHARE = 0.5
# The states of a thread that wants to run, and of one that waits for a disk or was stopped.
_READY, _BLOCKED = ("R",), ("D", "T", "t")
_TICK_NS = 1_000_000_000 // os.sysconf("SC_CLK_TCK")


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
        super().__init__(_STEP_S)
        self._board = board
        self._waits = _Waits()
        self._looks = []

    def __enter__(self):
        self.look()
        return super().__enter__()

    def look(self):
        """Note how long all have waited and run so far."""
        _OWN.look(os.getpid())
        supervisor = self._board.process_id
        if supervisor is not None:
            self._waits.look(supervisor, *_children(supervisor))
        ran_ns, board_ns, board_waiting_ns = self._waits.sums_ns()
        own_ran_ns, own_ns, own_waiting_ns = _OWN.sums_ns()
        board_ns += _stolen_ns()
        stalled_ns = max(self._waits.stalled_ns(), _OWN.stalled_ns())
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


class _Waits:
    """How long the threads of some processes ran and waited so far, those that have ended too."""

    def __init__(self):
        self._known_ns = {}
        # How long each thread's wait may have lasted so far: the kernel counts it when it is over.
        self._lasting_ns = {}
        # In which one ended; for how long those waited that ended while they did, and for how long
        # others were blocked.
        self._ended_ns = self._ended_waits_ns = self._blocked_ns = 0
        # How long each thread that is still there has not run so far, and the longest of these.
        self._stalls_ns = {}
        self._stalled_ns = 0
        self._looked_s = 0
        self._looking = threading.Lock()

    def look(self, *processes):
        """Look at these, unless another meter has just done so."""
        with self._looking:
            now_s = time.monotonic()
            passed_ns = (now_s - self._looked_s) * 1e9
            if passed_ns < _STEP_S / 2 * 1e9:
                return
            before_ns, self._stalls_ns = self._stalls_ns, {}
            for process in processes:
                # A process may end, or a thread, between two lines.
                with suppress(OSError):
                    for thread in Path(f"/proc/{process}/task").iterdir():
                        schedstat = (thread / "schedstat").read_text()
                        ran_ns, waited_ns = map(int, schedstat.split()[:2])
                        self._note_lasting(thread, (ran_ns, waited_ns), passed_ns)
                        self._note(thread, before_ns, ran_ns, waited_ns)
            if before_ns.keys() - self._stalls_ns:
                self._ended_ns += passed_ns
            for thread in self._lasting_ns.keys() - self._stalls_ns.keys():
                self._ended_waits_ns += self._lasting_ns.pop(thread)
            self._stalled_ns = max(self._stalls_ns.values(), default=0)
            self._looked_s = now_s

    def _note_lasting(self, thread, seen_ns, passed_ns):
        if self._known_ns.get(thread) != seen_ns:
            self._lasting_ns.pop(thread, None)
            return
        state = _state(thread)
        if state in _READY:
            self._lasting_ns[thread] = self._lasting_ns.get(thread, 0) + passed_ns
        elif state in _BLOCKED:
            self._blocked_ns += passed_ns

    def _note(self, thread, stalls_ns, ran_ns, waited_ns):
        known_ns = self._known_ns.get(thread, (ran_ns, waited_ns))
        self._known_ns[thread] = ran_ns, waited_ns
        # One that has not run since the last look goes on waiting.
        before_ns = stalls_ns.get(thread, 0) if ran_ns == known_ns[0] else 0
        self._stalls_ns[thread] = before_ns + waited_ns - known_ns[1]

    def stalled_ns(self):
        """Return for how long at most one thread has not run by now."""
        with self._looking:
            return self._stalled_ns

    def sums_ns(self):
        """Return the sum of the times they ran, of those they waited, and of waits not over."""
        with self._looking:
            known_ns = list(self._known_ns.values())
            waited_ns = sum(waited for _, waited in known_ns)
            waited_ns += self._ended_waits_ns + self._blocked_ns
            waiting_ns = sum(self._lasting_ns.values())
        return sum(ran for ran, _ in known_ns), waited_ns, waiting_ns

    def ended_ns(self):
        """Return the sum of the times between two looks within which a thread ended."""
        with self._looking:
            return self._ended_ns


# Of this process: several boards may be watched at a time, but its threads are the same.
_OWN = _Waits()


def _state(thread):
    """Return the state of a thread, a folder of /proc, as one letter: proc(5), stat."""
    return (thread / "stat").read_text().rpartition(")")[2].split()[0]


def _stolen_ns():
    """Return how long the hypervisor ran something else: proc(5), /proc/stat, "steal"."""
    with open("/proc/stat") as file:
        ticks = file.readline().split()[8:9]
    return int(ticks[0]) * _TICK_NS if ticks else 0


def _children(process):
    with suppress(OSError):
        return Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return []
