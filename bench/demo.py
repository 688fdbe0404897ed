"""Figures of one demo at true speed: the time of the first point, and the worst stamp."""

import json
import subprocess
import sys

from bench.rows import row

_COMMAND = [sys.executable, "-m", "wherry_host.cli", "demo", "--json"]
_UNJUDGED = 3
# The quick form plays the same script at a higher speed.
_FULL = ("--seconds", "30")
_QUICK = ("--seconds", "4", "--scale", "8")


def measure(quick):
    """Return {key: row} for the bench's table; raises CalledProcessError on a wrong account.

    Without rows if this computer stalled, so that the account could not judge each reading.
    """
    how = _QUICK if quick else _FULL
    done = subprocess.run([*_COMMAND, *how], capture_output=True, text=True)
    if done.returncode == _UNJUDGED:
        print("demo: not measured: this computer stalled", flush=True)
        return {}
    done.check_returncode()
    account = json.loads(done.stdout.splitlines()[-1])
    return {
        "first_point_s": row(account["first_point_s"], "s", goal=10),
        "worst_stamp_error_ms": row(account["worst_stamp_error_ms"], "ms", goal=50),
    }
