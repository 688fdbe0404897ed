"""Runs modules of firmware/ on MicroPython itself, without a board."""

import os
import subprocess
import sys
from pathlib import Path

from wherry_host.places import FIRMWARE, LIB

MICROPYTHON = Path(sys.executable).with_name("micropython")
_TIMEOUT_S = 60


def printed_by(program, *arguments):
    """Return what a program prints, which may import what firmware/ and lib/ have."""
    done = subprocess.run(
        [MICROPYTHON, "-c", program, *map(str, arguments)],
        env={**os.environ, "MICROPYPATH": f"{FIRMWARE}:{LIB.parent}:.frozen"},
        capture_output=True, text=True, timeout=_TIMEOUT_S, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
