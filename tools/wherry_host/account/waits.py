"""Measure how long the threads of processes ran and waited, from counters of the Linux kernel.

Linux counts the time that a thread ran, and the time that it waited for a processor: the first two
numbers, in ns, of /proc/PID/task/TID/schedstat (Documentation/scheduler/sched-stats.rst). It does
not count the time that a thread waited for a disk or was stopped. The state of a thread shows this
if it has not run since the last look. The time that a hypervisor took from all processors is
"steal" in /proc/stat (proc(5)).
"""

import os
import threading
import time
from contextlib import suppress
from pathlib import Path

# The time from one look to the next.
STEP_S = 0.05
# The states of a thread that is ready to run, and of a thread that waits for a disk or is stopped.
_READY, _BLOCKED = ("R",), ("D", "T", "t")
_TICK_NS = 1_000_000_000 // os.sysconf("SC_CLK_TCK")


class Waits:
    """The times that the threads of some processes ran and waited, including ended threads."""

    def __init__(self):
        self._known_ns = {}
        # The current length of each thread's wait, because the kernel counts a wait when it is
        # over.
        self._lasting_ns = {}
        # The time in which threads ended, the waits of threads that ended while waiting, and the
        # time for which threads were blocked.
        self._ended_ns = self._ended_waits_ns = self._blocked_ns = 0
        # The time for which each existing thread has not run so far, and the longest of these.
        self._stalls_ns = {}
        self._stalled_ns = 0
        # The longest wait that ended between the last two looks; it may have begun before both.
        self._reach_ns = 0
        self._looked_s = 0
        self._looking = threading.Lock()

    def look(self, *processes):
        """Look at some processes, unless another meter has just looked at them."""
        with self._looking:
            now_s = time.monotonic()
            passed_ns = (now_s - self._looked_s) * 1e9
            if passed_ns < STEP_S / 2 * 1e9:
                return
            before_ns, self._stalls_ns = self._stalls_ns, {}
            self._reach_ns = 0
            for process in processes:
                # A process or a thread may end between two lines.
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
        known_ns = self._known_ns.get(thread)
        if known_ns not in (None, seen_ns):
            self._lasting_ns.pop(thread, None)
            return
        state, age_ns = _state(thread)
        if known_ns is None:
            # The process may end before the next look, because a deep sleep comes soon after its
            # wake.
            if not self._looked_s or age_ns > passed_ns + _TICK_NS:
                return
            passed_ns = max(0, min(age_ns, passed_ns) - sum(seen_ns))
        if state in _READY:
            self._lasting_ns[thread] = self._lasting_ns.get(thread, 0) + passed_ns
        elif state in _BLOCKED:
            self._blocked_ns += passed_ns

    def _note(self, thread, stalls_ns, ran_ns, waited_ns):
        known_ns = self._known_ns.get(thread, (ran_ns, waited_ns))
        self._known_ns[thread] = ran_ns, waited_ns
        self._reach_ns = max(self._reach_ns, waited_ns - known_ns[1])
        # A thread that has not run since the last look is still waiting.
        before_ns = stalls_ns.get(thread, 0) if ran_ns == known_ns[0] else 0
        self._stalls_ns[thread] = before_ns + waited_ns - known_ns[1]

    def stalled_ns(self):
        """Return the longest time for which one thread has not run so far."""
        with self._looking:
            return self._stalled_ns

    def reach_ns(self):
        """Return the longest wait of one thread that ended between the last two looks."""
        with self._looking:
            return self._reach_ns

    def sums_ns(self):
        """Return the sums of the times run, the times waited, and the unfinished waits."""
        with self._looking:
            known_ns = list(self._known_ns.values())
            waited_ns = sum(waited for _, waited in known_ns)
            waited_ns += self._ended_waits_ns + self._blocked_ns
            waiting_ns = sum(self._lasting_ns.values())
        return sum(ran for ran, _ in known_ns), waited_ns, waiting_ns

    def ended_ns(self):
        """Return the sum of the times between two looks in which a thread ended."""
        with self._looking:
            return self._ended_ns


# One object for this process: several boards may be watched, but this process's threads are the
# same.
OWN = Waits()


def _state(thread):
    """Return (state, age in ns) of a thread, a folder of /proc: fields 3 and 22 of proc(5), stat.

    The state is one letter; the age is too long by up to one kernel tick.
    """
    fields = (thread / "stat").read_text().rpartition(")")[2].split()
    return fields[0], time.clock_gettime_ns(time.CLOCK_BOOTTIME) - int(fields[19]) * _TICK_NS


def stolen_ns():
    """Return the time in ns that the hypervisor took: "steal" in /proc/stat."""
    with open("/proc/stat") as file:
        ticks = file.readline().split()[8:9]
    return int(ticks[0]) * _TICK_NS if ticks else 0


def children(process):
    """Return the ids of the processes that a process has started."""
    with suppress(OSError):
        return Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return []
