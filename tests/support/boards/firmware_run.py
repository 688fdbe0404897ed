"""Runs modules of firmware/ on MicroPython itself, without a board."""

import json
import os
import subprocess

from support.places import MICROPYTHON, ROOT
from wherry_host.places import FIRMWARE, FIRMWARE_ROOMS, LIB

# stands.py replaces the chip's modules, flash.py its flash.
_STANDS = ROOT / "tests/support/chip"
_HEAD = "import json, sys\nfrom stands import *\ngiven = json.load(sys.stdin)\n"
_TAIL = "\nprint(json.dumps(found))"
_TIMEOUT_S = 60


def printed_by(program, *arguments, text=None):
    """Return the output of a program that may import firmware/ and lib/, and read `text`."""
    path = ":".join(map(str, (*FIRMWARE_ROOMS, LIB.parent, _STANDS, FIRMWARE, ".frozen")))
    done = subprocess.run(
        [MICROPYTHON, "-c", program, *map(str, arguments)],
        env={**os.environ, "MICROPYPATH": path}, input=text,
        capture_output=True, text=True, timeout=_TIMEOUT_S, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def found_by(program, given=None):
    """Run a program; return the value of its variable `found`, and the lines that it printed.

    The names of stands.py and `given` are defined in the program.
    """
    *lines, found = printed_by(_HEAD + program + _TAIL, text=json.dumps(given)).splitlines()
    return json.loads(found), lines
