"""The power is cut within every program and erase of random lives, and nothing safe is lost.

Real MicroPython with real littlefs does it, see power_cuts/; here it is run, and run on copies of
lib/ with a fault, each of which it must find. `python tests/host/test_power_cuts.py SEED COUNT`
replays a seed.
"""

from pathlib import Path

import pytest
from cut_runs import ROOT, cut_in_two, expect_found, faulty, replay, run_dated, side_by_side

PROGRAMS = Path(__file__).parent / "power_cuts"
SEED = 20261120
# A life in which each fault shows soon: few need more than a second life.
_FAULT_SEED = 20261129
_CASE_COUNT = 2_000
_MUTANT_CASE_COUNT = 10_000

# Faults of ours: file below lib/wherry, what stands there, what stands there instead.
MUTANTS = {
    "a moved row file is moved again": (
        "queue/tail.py", "return file.read() == frame", "return False",
    ),
    "a move is taken for done": (
        "queue/tail.py", "return file.read() == frame", "return True",
    ),
    "the row file is emptied before it is moved": (
        "queue/append.py",
        "        size = os.stat(queue.path(queue.tail))[6]",
        "        open(queue.row_path, 'wb').close()\n"
        "        size = os.stat(queue.path(queue.tail))[6]",
    ),
    "the row file is forgotten at a start": (
        "queue/in_hand.py", "return _go_on(queue.writer, reader)", "return 0",
    ),
    "rows are deleted before they are counted": (
        "queue/room.py",
        "    if not thinned.count_dropped(queue, end, readings):\n",
        "    os.remove(queue.path(queue.segments.pop(0)))\n"
        "    if not thinned.count_dropped(queue, end, readings):\n",
    ),
    "dropped rows are not counted": (
        "queue/ledger.py", "self.dropped += max(0, settled - self.settled())", "pass",
    ),
    "a ledger is removed before it is written": (
        "small_file.py",
        'with open(path, "wb") as file:',
        'remove(path)\n    with open(path, "wb") as file:',
    ),
    "a ledger is saved before its counters": (
        "sending/upload.py",
        "        ledger.delivered += self.batch.count\n",
        "        ledger.save()\n        ledger.delivered += self.batch.count\n",
    ),
    "a ledger is saved before a reading is set aside": (
        "sending/set_aside.py",
        "    path = _path(",
        "    ledger.row, ledger.channel = batch.row, index + 1\n"
        "    ledger.set_aside += 1\n    ledger.save()\n    ledger.set_aside -= 1\n"
        "    path = _path(",
    ),
    "a hint is believed": (
        "queue/recovery.py", " or queue.writer.row + queue.writer.count != hint[0]", "",
    ),
    "the note is believed unchecked": (
        "queue/recovery.py", "elif in_hand >= 0 and writer.row == row:", "elif in_hand >= 0:",
    ),
    "many rows come unannounced": ("queue/many.py", "            self._mark()\n", ""),
    "rows of older channels stay in the row file": (
        "queue/walk.py", '    open(queue.row_path, "wb").close()\n', "",
    ),
    "a full segment is deleted before it is put away": (
        "queue/new_segment.py",
        "        os.rename(queue.path(name),",
        "        os.rename(queue.path(name), queue.root + '/away')\n"
        "        os.rename(queue.root + '/away',",
    ),
    "a start writes": (
        "queue/recovery.py",
        "    frame, is_stale = _read_row_file(queue)\n",
        "    frame, is_stale = _read_row_file(queue)\n"
        "    open(queue.root + '/started', 'wb').close()\n",
    ),
}  # fmt: skip


def run(seed, count, folder, lib=ROOT / "lib"):
    """Cut the power `count` times from a seed on; return (exit code, all that was printed)."""
    return run_dated(PROGRAMS / "run.py", "8m", lib, seed, count, folder)


def cut_power(seed, count):
    """Cut the power of two processes' lives; return how often, after asserting that all held."""
    return cut_in_two(run, seed, count)


def test_every_cut_of_a_write_loses_nothing_safe():
    assert cut_power(SEED, _CASE_COUNT) >= 2 * _CASE_COUNT


def _run_fault(folder, mutant):
    return run(_FAULT_SEED, _MUTANT_CASE_COUNT, folder, faulty(mutant, folder))


runs = side_by_side(MUTANTS, _run_fault)


@pytest.mark.parametrize("fault", MUTANTS)
def test_a_fault_of_ours_is_found(runs, fault):
    expect_found(*runs[fault].result())


if __name__ == "__main__":
    replay(run)
