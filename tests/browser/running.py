"""wherry commands as processes that must clean up."""

import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager

# The demo's speed of time: its node samples five times in a second of ours.
SPEED = 5
_COMMAND = [sys.executable, "-m", "wherry_host.cli"]
_END_TIMEOUT_S = 60
_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/")


@contextmanager
def running(folder, *arguments):
    """Run a wherry command, with its temporary files in a folder, until Ctrl-C."""
    process = subprocess.Popen(
        [*_COMMAND, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "TMPDIR": str(folder), "PYTHONUNBUFFERED": "1"},
    )
    try:
        yield process
        process.send_signal(signal.SIGINT)
        reported = process.communicate(timeout=_END_TIMEOUT_S)[0]
        # The account reports this if the computer is too busy.
        is_not_proven = process.returncode == 3 and "\nnot proven: this computer" in reported
        assert process.returncode == 0 or is_not_proven, reported
        assert os.listdir(folder) == [], reported
    finally:
        process.kill()
        process.communicate()


def page_of(process):
    """Return the address of the page that a command prints."""
    return next(filter(None, map(_ADDRESS.search, process.stdout)))[0]
