"""The first hour of a new user: from a clone to the first delivery to the user's own server.

The bench types the commands in docs/first_hour.md on a terminal, for a virtual board in real time.
The run is written to build/first_hour.json, from which docs/first_hour.py fills the document. The
quick form neither clones nor installs, and does not write that file.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from wherry_host.virtual.options import ACCESS_POINT

from bench import wrong_inputs
from bench.rows import row
from bench.terminal import Terminal

_ROOT = Path(__file__).parents[1]
_OUTPUT = Path("build/first_hour.json")
_CLONE_S, _INSTALL_S = 120, 600
_ENDPOINT = re.compile(r"endpoint +(https://\S+)")
_KEY = re.compile(r"api key +(\S+)")
_CA = re.compile(r"^ +ca +(\S+)", re.MULTILINE)
_PORT = re.compile(r"mpremote connect (\S+)")


class Hour:
    """`steps` are the steps so far: (command, output, seconds); `folder` is the clone."""

    def __init__(self, folder, programs):
        self.steps = []
        self._folder, self._programs = folder, programs

    def terminal(self, *words):
        """Return a Terminal on which a wherry command is typed."""
        return Terminal([str(self._programs / words[0]), *words[1:]], self._folder)

    def note(self, command, output, begin_s):
        """Record a step; `begin_s` is the reading of the monotonic clock at its start."""
        self.steps.append((command, output, time.monotonic() - begin_s))


def measure(quick):
    """Return {key: row} for the bench's table. Raises TimeoutError if a step does not end."""
    with tempfile.TemporaryDirectory(prefix="wherry-hour-") as name:
        begin_s = time.monotonic()
        hour = _begun(Path(name), quick)
        with _board(hour) as port, _server(hour) as server:
            _new(hour, port, server)
            _deploy(hour, port)
        passed_s = time.monotonic() - begin_s
    if not quick:
        _OUTPUT.parent.mkdir(exist_ok=True)
        _OUTPUT.write_text(json.dumps(hour.steps, indent=2) + "\n")
    right, count = wrong_inputs.judged()
    return {
        "first_hour_steps": row(len(hour.steps), "commands", must=5),
        "first_hour_s": row(passed_s, "s", goal=600, digits=1),
        "deploy_to_first_delivery_s": row(hour.steps[-1][2], "s", goal=60, digits=1),
        "wrong_inputs": row(right, f"of {count}", must=60, better="higher"),
    }


def _begun(folder, quick):
    """Return the Hour with its clone and the installed programs."""
    if quick:
        return Hour(folder, Path(sys.executable).parent)
    clone = folder / "wherry"
    begin_s = time.monotonic()
    command = ["git", "clone", "-q", str(_ROOT), str(clone)]
    subprocess.run(command, check=True, timeout=_CLONE_S)
    hour = Hour(clone, clone / ".venv/bin")
    hour.note("git clone … && cd wherry", "", begin_s)
    begin_s = time.monotonic()
    # The output is from pip.
    command = [shutil.which("make"), "-s", "-C", str(clone), "venv"]
    subprocess.run(command, check=True, timeout=_INSTALL_S, capture_output=True)
    hour.note("make venv && . .venv/bin/activate", "", begin_s)
    return hour


@contextmanager
def _board(hour):
    """Yield the port of a virtual board; its start replaces plugging in a board by hand."""
    with hour.terminal("wherry", "board") as board:
        board.wait("mpremote connect")
        yield _PORT.search(board.wait("\n"))[1]


@contextmanager
def _server(hour):
    """Yield (endpoint, key, path of the CA) of `wherry server`."""
    begin_s = time.monotonic()
    with hour.terminal("wherry", "server", "--db", "home.db") as server:
        text = server.wait("Stop it with Ctrl-C.")
        hour.note("wherry server --db home.db", text, begin_s)
        yield tuple(form.search(text)[1] for form in (_ENDPOINT, _KEY, _CA))


def _new(hour, port, server):
    endpoint, key, ca = server
    begin_s = time.monotonic()
    with hour.terminal("wherry", "new", port) as new:
        for question, answer in (
            ("battery [mains]: ", ""),
            ("at the server [desk]: ", "shed"),
            ("Wi-Fi network [", ""),
            ("open network: ", ACCESS_POINT["password"]),
            ("here [harbor]: ", ""),
            ("for an ESP32: ", endpoint),
            ("API key: ", key),
            ("public server: ", ca),
        ):
            new.wait(question)
            new.type(f"{answer}\n")
        _finish(new, "Next: wherry deploy")
    hour.note(f"wherry new {port}", new.text, begin_s)


def _deploy(hour, port):
    begin_s = time.monotonic()
    with hour.terminal("wherry", "deploy", port) as deploy:
        _finish(deploy, "The node delivers")
    hour.note(f"wherry deploy {port}", deploy.text, begin_s)


def _finish(terminal, words):
    """Wait for a command's last words and for its end. Raises RuntimeError if it fails."""
    terminal.wait(words)
    if status := terminal.end():
        raise RuntimeError(f"exit code {status}: {terminal.text}")
