"""The commands of the documents run, as written, next to a node that has delivered.

A port, a file or an address replaces the one that a document names. Not run here are commands that
lack the place they need (`wherry deploy` alone uses any board at a USB port), those that are
shortened with "…", and those of docs/own_driver.md, which test_own_driver.py runs.
"""

import csv
import re
import shlex
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from types import SimpleNamespace

import pytest
from support.documents.commands import ENDS, WHERRY, commands
from wherry_host.config import boards
from wherry_host.demo.rig import Rig
from wherry_host.owner.data_copy import copied
from wherry_host.virtual.options import ACCESS_POINT

PROGRAM = [sys.executable, "-m", "wherry_host.cli"]
#: Exit codes of the commands that run until Ctrl-C.
ENDLESS = {"server": 0, "board": 0, "logs": 0, "demo": 130}
#: Arguments that name a place; a command that needs a place is run only with one of them.
PLACE = re.compile(r"/dev/|PORT$|ADDRESS$|.*\.(bin|csv)$|data$")
PLACELESS = ("boards", "check", "server", "demo", "board")
NOT_HERE = ("own_driver.md",)
TIMEOUT_S = 60


def runnable():
    """Return the sorted command lines of the documents that can run here."""
    lines = set()
    for (text,), document in commands(WHERRY).items():
        line = ENDS.split(text)[0].strip()
        words = line.split()
        is_placed = any(PLACE.match(word) for word in words[1:])
        is_placeless = words[0] in PLACELESS and "--read" not in words
        if "…" not in line and document not in NOT_HERE and (is_placed or is_placeless):
            lines.add(line)
    # A fault of the server would affect the other commands.
    return sorted(lines, key=lambda line: (line.startswith("fault"), line))


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A folder with the files that the documents name, and {named place: its substitute}."""
    folder = tmp_path_factory.mktemp("documents")
    with Rig(folder, db=folder / "points.db") as rig:
        rig.deploy_image()
        rig.board.start()
        rig.board.wait_line("harbor: delivered", TIMEOUT_S)
        shutil.copy(rig.board.flash, folder / "flash.bin")
        with copied(str(rig.board.flash)) as copy:
            shutil.copytree(copy.folder, folder / "data")
        write_table(folder)
        (folder / "my_board.toml").write_text(boards.text_of("esp32_generic"))
        words = dict.fromkeys(("/dev/ttyUSB0", "/dev/pts/1", "PORT"), rig.board.port)
        words |= {"ADDRESS": rig.service.admin_url, "0.0.0.0": "127.0.0.1"}
        yield SimpleNamespace(folder=folder, words=words, service=rig.service)


def write_table(folder):
    """Write points.csv from points.db, as a user's own server would export it."""
    with closing(sqlite3.connect(folder / "points.db")) as db:
        rows = db.execute(
            "SELECT strftime('%Y-%m-%dT%H:%M:%f', time_us / 1e6, 'unixepoch') || 'Z',"
            " device, channel, value FROM points"
        ).fetchall()
    with (folder / "points.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("time", "ship_id", "cargo_id", "value"), *rows])


def answers(service):
    """Return the lines typed for `wherry new`."""
    password = ACCESS_POINT["password"]
    return "", "shed", "", password, "", service.endpoint, service.api_key, service.ca


@pytest.mark.parametrize("line", runnable())
def test_a_command_of_the_documents_runs(world, line, tmp_path):
    words = [world.words.get(word, word) for word in shlex.split(line)]
    # `new` writes only into a folder without a configuration.
    folder = tmp_path if words[0] == "new" else world.folder
    typed = "".join(f"{each}\n" for each in answers(world.service)) if words[0] == "new" else None
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [*PROGRAM, *words], cwd=folder, stdin=pipe, stdout=pipe, stderr=pipe, text=True
    ) as process:
        try:
            first = ""
            if words[0] in ENDLESS:
                first = process.stdout.readline()
                process.send_signal(signal.SIGINT)
            out, reported = process.communicate(typed, timeout=TIMEOUT_S)
        finally:
            process.kill()
    assert process.returncode == ENDLESS.get(words[0], 0), (line, first + out, reported)
    assert first or out, line


def test_most_commands_of_the_documents_run():
    assert len(runnable()) > 25
