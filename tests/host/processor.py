"""How long a board on this computer, or its servers, were ready to run and had no processor.

Linux counts the time that a thread waits for a processor: the second number, in ns, of
/proc/PID/task/TID/schedstat (Documentation/scheduler/sched-stats.rst).
"""

import os
import threading
import time
from bisect import bisect_left, bisect_right
from contextlib import suppress
from pathlib import Path

from wherry_host.stalls import Meter

_STEP_S = 0.05


class ProcessorMeter(Meter):
    """Inside `with` it watches a VirtualBoard's processes, and the threads of this one.

    Times are those of the board's clock.
    """

    def __init__(self, board):
        super().__init__(_STEP_S)
        self._board = board
        self._waits = _Waits()
        # When it was looked, in true Unix us, and how long all had waited until then.
        self._looks = []

    def __enter__(self):
        self.look()
        return super().__enter__()

    def look(self):
        """Note how long all have waited so far."""
        _OWN.look(os.getpid())
        supervisor = self._board.process_id
        if supervisor is not None:
            self._waits.look(supervisor, *_children(supervisor))
        waited_ns = _OWN.sum_ns() + self._waits.sum_ns()
        self._looks.append((self._board.clock.now_us(), waited_ns))

    def within(self, begin_us, end_us):
        """Return the us of true time that were lost between two true Unix us, or about then."""
        looks = self._looks
        before = looks[max(bisect_left(looks, begin_us, key=lambda look: look[0]) - 1, 0)]
        after = looks[min(bisect_right(looks, end_us, key=lambda look: look[0]), len(looks) - 1)]
        return (after[1] - before[1]) / 1000 * self._board.clock.scale


class _Waits:
    """How long the threads of some processes have waited so far, those that have ended too."""

    def __init__(self):
        self._waited_ns = {}
        self._looked_s = 0
        self._looking = threading.Lock()

    def look(self, *processes):
        """Look at these, unless another meter has just done so."""
        with self._looking:
            if time.monotonic() - self._looked_s < _STEP_S / 2:
                return
            for process in processes:
                # A process may end, or a thread, between two lines.
                with suppress(OSError):
                    for thread in Path(f"/proc/{process}/task").iterdir():
                        schedstat = (thread / "schedstat").read_text()
                        self._waited_ns[thread] = int(schedstat.split()[1])
            self._looked_s = time.monotonic()

    def sum_ns(self):
        """Return their sum."""
        with self._looking:
            return sum(self._waited_ns.values())


# Of this process: several boards may be watched at a time, but its threads are the same.
_OWN = _Waits()


def _children(process):
    with suppress(OSError):
        return Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return []
