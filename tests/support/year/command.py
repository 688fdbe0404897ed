"""The command `wherry year` in a process of its own."""

import os
import subprocess
import sys


def year(*words, hash_seed="0"):
    """Return (exit code, output, standard error) of `wherry year`."""
    done = subprocess.run(
        [sys.executable, "-m", "wherry_host.cli", "year", *words],
        capture_output=True,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
    )
    return done.returncode, done.stdout, done.stderr
