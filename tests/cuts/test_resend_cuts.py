"""Power cuts within every write of a resend lose no reading uncounted.

Runs on real MicroPython with real littlefs (power/resends.py).
"""

import subprocess

from support.boards.cut_runs import LIB, MICROPYTHON, POWER, SEED, held

COUNT = 4_000


def run(count):
    """Cut the power `count` times; return (exit code, output)."""
    program = POWER / "resends.py"
    command = [MICROPYTHON, "-X", "heapsize=16m", program, LIB, str(SEED), str(count)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_every_cut_of_a_resend_loses_nothing_uncounted():
    assert held([run(COUNT)]) >= COUNT
