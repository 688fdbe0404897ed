"""Ctrl-C at any moment leaves no process and no file, and no port in use.

Each case starts a command in a separate session, as a terminal does, and interrupts the whole
session at one or two random moments. soak calls `interrupt_all` with new seeds.
"""

import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import psutil
from support import places
from wherry_host.virtual.board import VirtualBoard

_EXAMPLE = str(places.EXAMPLE)
_MARK = "WHERRY_TEST_MARK"
# Exit code of a command that the signal itself ended, before it had anything to clean up.
_KILLED = -signal.SIGINT
# How long an interrupted command may take to exit on a busy computer.
_END_S = 30
_GRACE_S = 10
_HIDE, _SHOW = b"\x1b[?25l", b"\x1b[?25h"
# Python itself was interrupted before wherry's first line.
_STARTUP = re.compile(r"init_import_site|^KeyboardInterrupt$", re.M)
_OURS = re.compile(r'File "[^"]*/wherry_host/(?!__init__|cli/__)')

# kind: (arguments, exit codes besides 130 and death by the signal, latest interrupt in seconds)
_KINDS = {
    "server": (["server", "--no-page"], {0}, 2),
    "server with page": (["server"], {0}, 4),
    "demo": (["demo", "--seconds", "30", "--seed", "7"], set(), 5),
    "demo with page": (["demo", "--page", "--seconds", "4", "--seed", "7"], {0}, 7),
    "demo in a terminal": (["demo", "--seconds", "30", "--scale", "2", "--seed", "7"], {0}, 6),
    "board": (["board"], {0}, 2.5),
    "board with node": (["board", "--config", _EXAMPLE], {0}, 3),
    "check": (["check", "--config", _EXAMPLE], {0}, 1.5),
    "deploy": (["deploy", "--config", _EXAMPLE], {0}, 3.5),
}


def test_ctrl_c_leaves_nothing_behind(tmp_path):
    seed = 1
    counts = interrupt_all(tmp_path, seed, 2)
    print(f"seed {seed}: {dict(counts)}")


def interrupt_all(folder, seed, each):
    """Interrupt every kind of command `each` times below a folder; count the outcomes."""
    chance = random.Random(seed)
    cases = [_case(name, i, chance) for name in _KINDS for i in range(each)]
    with VirtualBoard(folder / "board", seed=seed) as board:
        # The board has one port, so its cases come one after the other; the longest first.
        deploys = [case for case in cases if case[0] == "deploy"]
        others = sorted((case for case in cases if case[0] != "deploy"), key=lambda c: -sum(c[1]))
        with ThreadPoolExecutor(3) as pool:
            done = [pool.submit(_interrupt_each, folder, deploys, board.port)]
            done += [pool.submit(_interrupt_each, folder, [case]) for case in others]
            counts = sum((each.result() for each in done), Counter())
        # After the interrupts the board accepts the next version; the node may sleep.
        board.cut()
        board.power_on()
        command = [*_command("deploy"), board.port, "--no-follow"]
        last = subprocess.run(command, capture_output=True, text=True, check=False)
        assert last.returncode == 0, last.stderr
    return counts


def _case(name, i, chance):
    """Return (kind, the pauses before each Ctrl-C); case 0 is interrupted during its imports."""
    latest_s = _KINDS[name][2]
    first_s = chance.uniform(0.05, 0.6) if i == 0 else chance.uniform(0.4, latest_s)
    second_s = [chance.uniform(0, 0.4)] if chance.random() < 0.4 else []
    return name, [first_s, *second_s]


def _interrupt_each(folder, cases, *arguments):
    counts = Counter()
    for name, pauses_s in cases:
        own = folder / uuid.uuid4().hex
        reported = f"{name}, Ctrl-C after {' s and '.join(f'{pause:.2f}' for pause in pauses_s)} s"
        with _watched(own, reported) as environment:
            code, output = _run([*_command(name), *arguments], own, environment, pauses_s, name)
        assert code in {130, _KILLED} | _KINDS[name][1] or _STARTUP.search(output), (
            reported,
            code,
        )
        assert "Traceback" not in output or not _OURS.search(output), (reported, output)
        assert output.count(_HIDE.decode()) == output.count(_SHOW.decode()), (reported, output)
        counts.update(cases=1, twice=len(pauses_s) - 1, **{f"exit {code}": 1})
    return counts


def _command(name):
    return [sys.executable, "-m", "wherry_host.cli", *_KINDS[name][0]]


@contextmanager
def _watched(own, reported):
    """Yield an environment; afterwards check that it has left no process and no file."""
    mark = own.name
    for name in ("tmp", "home"):
        (own / name).mkdir(parents=True)
    places = {"TMPDIR": str(own / "tmp"), "HOME": str(own / "home"), "TERM": "xterm"}
    yield {**os.environ, **places, "PYTHONUNBUFFERED": "1", _MARK: mark}
    end_s = time.monotonic() + _GRACE_S
    while (left := _processes(mark)) and time.monotonic() < end_s:
        time.sleep(0.05)
    assert not left, (reported, left)
    assert os.listdir(own / "tmp") == os.listdir(own / "home") == [], reported


def _processes(mark):
    """Return the command lines of all descendants of the marked process."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get(_MARK) == mark:
                found.append(process.cmdline())
    return found


def _run(command, own, environment, pauses_s, name):
    """Run and interrupt a command; return its exit code and its output."""
    ours, theirs = os.openpty() if "terminal" in name else os.pipe()
    printed = []
    reader = threading.Thread(target=_read_all, args=(ours, printed))
    process = subprocess.Popen(
        # A process started by a shell in the background ignores the signal, and so would the
        # command.
        ["env", "--default-signal=INT", *command],
        cwd=own / "home",
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    reader.start()
    try:
        for pause_s in pauses_s:
            time.sleep(pause_s)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGINT)
        code = process.wait(_END_S)
    finally:
        process.kill()
        process.wait()
    reader.join(_GRACE_S)
    return code, b"".join(printed).decode("utf-8", "replace")


def _read_all(descriptor, printed):
    # At its end a pipe reads as empty, and a terminal raises an error.
    with suppress(OSError):
        while part := os.read(descriptor, 65536):
            printed.append(part)
    os.close(descriptor)
