"""Figures of one demo at true speed: the first point, and the worst stamp."""

import json
import subprocess
import sys

_COMMAND = [sys.executable, "-m", "wherry_host.cli", "demo", "--seconds", "30", "--json"]


def measure():
    """Return {key: row} for the bench's table; CalledProcessError if the demo does not balance."""
    done = subprocess.run(_COMMAND, check=True, capture_output=True, text=True)
    account = json.loads(done.stdout.splitlines()[-1])
    first = {"value": account["first_point_s"], "unit": "s", "goal": 10, "better": "lower"}
    error = {"value": account["worst_stamp_error_ms"], "unit": "ms", "goal": 50, "better": "lower"}
    return {"first_point_s": first, "worst_stamp_error_ms": error}
