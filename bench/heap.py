"""The heap that the firmware needs for turns with an upload, above a bare boot of the shims.

The smallest `-X heapsize` that works is found by scanning upward in steps of 1 KB. Because of
fragmentation, a size can fail although a smaller one works, so the result is the smallest size
from which twelve sizes in a row work. A size works if the board shows all signs of its case, and
fails if it first runs out of memory. If the board does neither in time, this shows nothing about
the heap and is an error. heap_objects.py measures the modules as 32-bit objects.

The quick form begins at a size where every case works, with steps so wide that one size suffices.
"""

import re
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from wherry_host.virtual.board import VirtualBoard

from bench import heap_cases, heap_objects
from bench.heap_boards import devices, nodes
from bench.rows import row


@dataclass(frozen=True)
class Steps:
    """A scan goes up by `kb` KB until `clear` sizes in a row work."""

    kb: int
    clear: int


FINE = Steps(1, 12)
COARSE = Steps(16, 1)
# How far above a bare boot the quick form begins.
QUICK_START_KB = 96
# No board in the bench needs this much.
_SIZE_KB_MAX = 512
_KB = 1024
_OUT_OF_MEMORY = "MemoryError|ImportError|FATAL"
_TURN_S = 30
_PROMPT_S = 5
# The scan of a bare boot begins here.
_BARE_START_KB = 32
# Key, case, must, goal.
_FIGURES = (
    ("heap_turn_kb", heap_cases.PLAIN, 72, 64),
    ("heap_turn_trouble_kb", heap_cases.TROUBLE, 75, 68),
    ("heap_turn_here_kb", heap_cases.HERE, 90, 72),
    ("heap_turn_all_kb", heap_cases.ALL, 92, 72),
    ("heap_turn_3_sensors_kb", heap_cases.SENSORS_3, 76, 68),
    ("heap_turn_large_sensors_kb", heap_cases.LARGE_SENSORS, 76, 68),
    ("heap_turn_gzip_kb", heap_cases.GZIP, 76, None),
    ("heap_turn_gzip_trouble_kb", heap_cases.GZIP_TROUBLE, None, None),
    ("heap_turn_gzip_all_kb", heap_cases.GZIP_ALL, None, None),
    ("heap_turn_undated_kb", heap_cases.UNDATED, None, None),
    ("heap_turn_ds3231_kb", heap_cases.CLOCK, None, None),
    ("heap_turn_gps_kb", heap_cases.GPS, None, None),
    ("heap_turn_sensocan_kb", heap_cases.SENSOCAN, None, None),
    ("heap_turn_quarantine_kb", heap_cases.QUARANTINE, None, None),
)


def measure(quick):
    """Return {key: row} for the bench's table."""
    rows = {}
    for key, case, must, goal in _FIGURES:
        found_kb = case_kb(case, quick)
        print(f"heap: {key}: {found_kb} KB", flush=True)
        rows[key] = row(found_kb, "KB", must, goal)
    return rows | heap_objects.measure()


@cache
def bare_kb(quick, sensors=heap_cases.PLAIN.sensors):
    """Return the KB in which a blank board with these sensors reaches its prompt."""
    with tempfile.TemporaryDirectory(prefix="wherry-bench-") as name:

        def works(kb):
            options = {"heap_size": kb * _KB, "devices": devices(sensors)}
            with VirtualBoard(Path(name) / f"bare{kb}", **options) as board:
                board.wait_line(f"MicroPython|{_OUT_OF_MEMORY}", _PROMPT_S)
                return not _out_of_memory(board)

        return scan(_BARE_START_KB, works, COARSE if quick else FINE)


def case_kb(case, quick):
    """Return how many KB above a bare boot a node needs to show the signs of a case."""
    bare = bare_kb(quick, case.sensors)
    with nodes(case) as made:

        def works(kb):
            with made.board(heap_size=kb * _KB) as board:
                return shows(board, case.signs)

        if quick:
            return scan(bare + QUICK_START_KB, works, COARSE) - bare
        return scan(bare + case.start_kb, works, FINE) - bare


def scan(start_kb, works, steps):
    """Return the first of the successive sizes that work; raises ValueError if none work."""
    kb = found = start_kb
    while kb - found < steps.kb * steps.clear:
        if kb > _SIZE_KB_MAX:
            raise ValueError(f"no heap of up to {_SIZE_KB_MAX} KB suffices")
        if not works(kb):
            found = kb + steps.kb
        kb += steps.kb
    return found


def shows(board, signs):
    """Return True once all signs are shown, False if the memory runs out; else raise an error."""
    at = 0
    for sign in signs:
        board.wait_line(f"{sign}|{_OUT_OF_MEMORY}", _TURN_S, at)
        if _out_of_memory(board):
            return False
        while not re.search(sign, board.lines[at][1]):
            at += 1
        at += 1
    return True


def _out_of_memory(board):
    return any(re.search(_OUT_OF_MEMORY, text) for _, text in board.lines)
