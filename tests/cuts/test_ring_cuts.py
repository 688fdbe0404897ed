"""Power cuts within every program and erase of random rings lose no safe data.

Runs on real MicroPython, see ring/.
`PYTHONPATH=tests python tests/cuts/test_ring_cuts.py SEED COUNT PAGE_SIZE` replays a seed.
"""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from support.boards.cut_runs import LIB, MICROPYTHON, SEED, held

PROGRAM = Path(__file__).parent / "ring" / "run.py"
# Each of two processes has its page size: smaller pages fill sooner.
PAGE_SIZES = (512, 1024)
_CASE_COUNT = 4_000


def run(seed, count, page_size):
    """Cut the power `count` times, starting at `seed`; return (exit code, output)."""
    command = [MICROPYTHON, "-X", "heapsize=16m", PROGRAM, LIB, str(seed), str(count)]
    done = subprocess.run([*command, str(page_size)], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def cut_power(seed, count):
    """Cut the power in two processes; assert that all cases pass, and return their count."""
    counts = (count * 3 // 5, count * 2 // 5)
    with ThreadPoolExecutor(2) as pool:
        return held(pool.map(run, (seed, seed), counts, PAGE_SIZES))


def test_every_cut_of_a_write_loses_nothing_safe():
    assert cut_power(SEED, _CASE_COUNT) >= _CASE_COUNT


if __name__ == "__main__":
    code, reported = run(*map(int, sys.argv[1:4]))
    print(reported)
    sys.exit(code)
