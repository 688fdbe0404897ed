"""How long a board on this computer, or its servers, were ready to run and had no processor."""

import os
import threading
from bisect import bisect_left, bisect_right
from contextlib import suppress
from pathlib import Path

_STEP_S = 0.05


class ProcessorMeter:
    """Inside `with` it watches a VirtualBoard's processes, and the threads of this one.

    Linux counts the time that a thread waits for a processor: the second number, in ns, of
    /proc/PID/task/TID/schedstat (Documentation/scheduler/sched-stats.rst). Times are those of the
    board's clock.
    """

    def __init__(self, board):
        self._board = board
        self._waited_ns = {}
        # When it was looked, in true Unix us, and how long all had waited until then.
        self._looks = [(0, 0)]
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *error):
        self._over.set()
        self._thread.join()

    def _run(self):
        while not self._over.wait(_STEP_S):
            # A process may end, or the board, between two lines.
            with suppress(OSError, ValueError):
                for thread in self._threads():
                    self._waited_ns[thread] = int((thread / "schedstat").read_text().split()[1])
            self._looks.append((self._board.clock.now_us(), sum(self._waited_ns.values())))

    def _threads(self):
        """Yield the folders below /proc of all that a board and its servers need."""
        supervisor = self._board.process_id
        if supervisor is None:
            return
        programs = Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text().split()
        for process in (os.getpid(), supervisor, *programs):
            yield from Path(f"/proc/{process}/task").iterdir()

    def within(self, begin_us, end_us):
        """Return the us of true time that were lost between two true Unix us, or about then."""
        looks = self._looks
        before = looks[max(bisect_left(looks, begin_us, key=lambda look: look[0]) - 1, 0)]
        after = looks[min(bisect_right(looks, end_us, key=lambda look: look[0]), len(looks) - 1)]
        return (after[1] - before[1]) / 1000 * self._board.clock.scale
