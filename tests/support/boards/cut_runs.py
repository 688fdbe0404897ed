"""Runs tests/cuts/run.py on MicroPython.

`PYTHONPATH=tests python -m support.boards.cut_runs KIND SEED COUNT` replays a seed; for a ring,
the size of its pages follows.
"""

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from support.places import MICROPYTHON, ROOT
from wherry_host.virtual import faketime

SEED = 20261120
# The seeds of the two processes are far apart, so that they never run the same life.
_LAP = 10_000
_PAGE_SIZES = (512, 1024)


def _run(kind, numbers):
    """Run a kind at a fixed calendar time; return (exit code, output).

    littlefs stores the time of each file, and a seed must replay the same life at any time.
    """
    command = [MICROPYTHON, "-X", "heapsize=16m", ROOT / "tests/cuts/run.py", kind, ROOT / "lib"]
    with TemporaryDirectory(prefix="wherry-cuts-") as folder:
        (Path(folder) / "faketime").write_text("2026-01-01 00:00:00\n")
        done = subprocess.run(
            [*command, *map(str, numbers)],
            capture_output=True,
            text=True,
            env=faketime.environment(Path(folder)),
            check=False,
        )
    return done.returncode, done.stdout + done.stderr


def _held(kind, *runs):
    """Run a kind with different numbers; assert that all pass, and return the count of cases."""
    cases = 0
    with ThreadPoolExecutor(2) as pool:
        for code, printed in pool.map(partial(_run, kind), runs):
            print(printed)
            assert code == 0, printed
            cases += int(re.search(r"^(\d+) cases", printed, re.MULTILINE)[1])
    return cases


def cut(kind, seed, count):
    """Cut the power in two processes, `count` times in each; return the count of cases."""
    return _held(kind, (seed, count), (seed + _LAP, count))


def cut_rings(seed, count):
    """Cut the power of rings in two processes, each with its size of pages."""
    counts = (count * 3 // 5, count * 2 // 5)
    return _held("ring", *zip((seed, seed), counts, _PAGE_SIZES, strict=True))


if __name__ == "__main__":
    _code, _printed = _run(sys.argv[1], sys.argv[2:])
    print(_printed)
    sys.exit(_code)
