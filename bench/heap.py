"""The heap that the firmware needs for turns with an upload, above a bare boot of the shims.

The smallest `-X heapsize` that works is found by scanning upward in steps of 1 KB; because of
fragmentation a size can fail above one that works, so the smallest size counts from which
`CLEAR_STEPS` sizes in a row work. A size works if the board shows all signs of its case, and fails
if it runs out of memory before; that it does neither in time tells nothing of the heap and is an
error. heap_objects.py has the modules as objects of 32 bits.
"""

import re
import tempfile
from pathlib import Path

from wherry_host.virtual.board import VirtualBoard

from bench import heap_cases, heap_objects
from bench.heap_boards import devices, nodes
from bench.rows import row

CLEAR_STEPS = 12
_KB = 1024
_OUT_OF_MEMORY = "MemoryError|ImportError|FATAL"
_TURN_S = 30
_PROMPT_S = 5
# Where the scan of a bare boot begins.
_BARE_START_KB = 32
# Key, case, must, goal.
_FIGURES = (
    ("heap_turn_kb", heap_cases.PLAIN, 72, 64),
    ("heap_turn_trouble_kb", heap_cases.TROUBLE, 75, 68),
    ("heap_turn_here_kb", heap_cases.HERE, 90, 72),
    ("heap_turn_all_kb", heap_cases.ALL, 92, 72),
    ("heap_turn_3_sensors_kb", heap_cases.SENSORS_3, 76, 68),
    ("heap_turn_gps_kb", heap_cases.GPS, None, None),
    ("heap_turn_sensocan_kb", heap_cases.SENSOCAN, None, None),
    ("heap_turn_quarantine_kb", heap_cases.QUARANTINE, None, None),
)


def measure():
    """Return {key: row} for the bench's table."""
    rows = {}
    for key, case, must, goal in _FIGURES:
        found_kb = case_kb(case)
        print(f"heap: {key}: {found_kb} KB", flush=True)
        rows[key] = row(found_kb, "KB", must, goal)
    return rows | heap_objects.measure()


def bare_kb(case=heap_cases.PLAIN):
    """Return the KB in which the board of a case reaches its prompt, blank."""
    with tempfile.TemporaryDirectory(prefix="wherry-bench-") as name:

        def works(kb):
            options = {"heap_size": kb * _KB, "devices": devices(case)}
            with VirtualBoard(Path(name) / f"bare{kb}", **options) as board:
                board.wait_line(f"MicroPython|{_OUT_OF_MEMORY}", _PROMPT_S)
                return not _out_of_memory(board)

        return scan(_BARE_START_KB, works)


def case_kb(case):
    """Return the KB, above those of a bare boot, in which a node shows the signs of a case."""
    bare = bare_kb(case)
    with nodes(case) as made:

        def works(kb):
            with made.board(heap_size=kb * _KB) as board:
                return shows(board, case.signs)

        return scan(bare + case.start_kb, works) - bare


def scan(start_kb, works, clear_steps=CLEAR_STEPS):
    """Return the first of so many sizes in a row that work."""
    kb = found = start_kb
    while kb - found < clear_steps:
        if not works(kb):
            found = kb + 1
        kb += 1
    return found


def shows(board, signs):
    """Wait for the signs, False as soon as the memory does not suffice; other ends raise."""
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
