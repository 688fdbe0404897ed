"""The power is cut within every write of a full queue's thinning; and faults of ours are found.

Real MicroPython with real littlefs does it, see power_cuts/full.py; `python
tests/host/test_thinning_cuts.py SEED COUNT` replays a seed.
"""

from pathlib import Path

import pytest
from cut_runs import ROOT, cut_in_two, expect_found, faulty, replay, run_dated

PROGRAM = Path(__file__).parent / "power_cuts" / "run_full.py"
SEED = 20261120
_CASE_COUNT = 750
_MUTANT_CASE_COUNT = 4000

# Faults of ours: file below lib/wherry, what stands there, what stands there instead.
MUTANTS = {
    "thinned rows are counted after the new segment took its place": (
        "queue/thinned.py",
        "    older = [name",
        "    os.rename(path, queue.path(head.row))\n    path = queue.path(head.row)\n"
        "    older = [name",
    ),
    "a redo counts again": (
        "queue/thinned.py", "if ledger.thin != (head.row, end):", "if count:",
    ),
    "a thinning that was cut is not finished before rows are sent": (
        "sending/begin.py", "if queue.is_thinning:", "if False:",
    ),
    "the younger segment stays": (
        "queue/thinned.py",
        "        listing.remove(queue, name)\n",
        "        pass\n",
    ),
    "an uplink without a configuration is not counted": (
        "queue/thinned.py", "            if not ledger.is_new:\n", "            if False:\n",
    ),
    "what is set aside goes before it is counted": (
        "sending/aside_files.py",
        "        if lost and count_lost:\n",
        "        for number in lost:\n            os.remove(self._path(number))\n"
        "        if lost and count_lost:\n",
    ),
}  # fmt: skip


def run(seed, count, folder, lib=ROOT / "lib"):
    """Cut the power `count` times from a seed on; return (exit code, all that was printed)."""
    return run_dated(PROGRAM, "16m", lib, seed, count, folder)


def cut_power(seed, count):
    """Cut the power in two processes; return how often, after asserting that all held."""
    return cut_in_two(run, seed, count)


def test_every_cut_of_a_thinning_counts_each_reading_once():
    assert cut_power(SEED, _CASE_COUNT) >= 2 * _CASE_COUNT


@pytest.mark.parametrize("fault", MUTANTS)
def test_a_fault_of_ours_is_found(fault, tmp_path):
    expect_found(*run(SEED, _MUTANT_CASE_COUNT, tmp_path, faulty(MUTANTS[fault], tmp_path)))


if __name__ == "__main__":
    replay(run)
