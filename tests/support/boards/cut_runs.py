"""Runs on MicroPython for the tests that cut the power."""

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from support.places import MICROPYTHON, ROOT
from wherry_host.virtual import faketime

LIB = ROOT / "lib"
#: The folder of the programs that cut the power of a node's queue and RTC memory.
POWER = ROOT / "tests" / "cuts" / "power"
SEED = 20261120
# The seeds of the two processes are far apart, so that they never run the same life.
_LAP = 10_000


def run_dated(program, heap, seed, count, folder):
    """Run a program at a fixed calendar time; return (exit code, output).

    littlefs stores the time of each file, and a seed must replay the same life at any time.
    """
    command = [MICROPYTHON, "-X", f"heapsize={heap}", program, LIB, str(seed), str(count)]
    environment = faketime.environment(folder)
    (folder / "faketime").write_text("2026-01-01 00:00:00\n")
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    return done.returncode, done.stdout + done.stderr


def cut_in_two(program, heap, seed, count):
    """Run a program twice at once, with different seeds; return the count of passed cases."""
    run = partial(run_dated, program, heap)
    with TemporaryDirectory(prefix="wherry-cuts-") as folder, ThreadPoolExecutor(2) as pool:
        folders = [Path(folder, name) for name in "ab"]
        for each in folders:
            each.mkdir()
        return held(pool.map(run, (seed, seed + _LAP), (count, count), folders))


def held(runs):
    """Return the count of cases in runs of (exit code, output); assert that all runs passed."""
    cases = 0
    for code, printed in runs:
        print(printed)
        assert code == 0, printed
        cases += int(re.search(r"^(\d+) cases", printed, re.MULTILINE)[1])
    return cases


def replay(program, heap):
    """Run with SEED and COUNT from the command line; print the output, and exit with its code."""
    with TemporaryDirectory(prefix="wherry-cuts-") as place:
        code, reported = run_dated(program, heap, *map(int, sys.argv[1:3]), Path(place))
    print(reported)
    sys.exit(code)
