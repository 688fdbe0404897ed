"""The power is cut within every write of a resend: no reading is lost uncounted.

Real MicroPython with real littlefs does it (power_cuts/resends.py), also on copies of lib/ with a
fault, each of which it must find.
"""

import subprocess

import pytest
from cut_runs import MICROPYTHON, ROOT, faulty, held, side_by_side
from test_power_cuts import PROGRAMS, SEED

COUNT = 4_000
# Faults of ours: file below lib/wherry, what stands there, what stands there instead.
MUTANTS = {
    "the ledger hears of a batch twice": (
        "orders/resend.py", "if ledger.delivered == order.base:", "if True:",
    ),
    "a batch is not noted first": (
        "orders/resend.py",
        "        order.save()\n        settle(self._node",
        "        settle(self._node",
    ),
    "more than the batch leaves": ("orders/resend.py", "begin <= entry[:2] < end", "True"),
    "an uplink takes what another was refused": ("orders/resend.py", "entry[9] in labels", "True"),
}  # fmt: skip


def run(lib, count):
    """Cut the power `count` times; return (exit code, all that was printed)."""
    program = PROGRAMS / "resends.py"
    command = [MICROPYTHON, "-X", "heapsize=16m", program, lib, str(SEED), str(count)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_every_cut_of_a_resend_loses_nothing_uncounted():
    assert held([run(ROOT / "lib", COUNT)]) >= COUNT


def _run_fault(folder, mutant):
    return run(faulty(mutant, folder), COUNT)


runs = side_by_side(MUTANTS, _run_fault)


@pytest.mark.parametrize("fault", MUTANTS)
def test_a_fault_of_a_resend_is_found(runs, fault):
    code, printed = runs[fault].result()
    assert code == 1 and "FAILED: seed " in printed, printed
