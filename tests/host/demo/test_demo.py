"""`wherry demo` as a person or a script starts it: scaled runs balance, Ctrl-C leaves nothing."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import psutil
import pytest
from support.account.demo_verdicts import check_honest

_COMMAND = [sys.executable, "-m", "wherry_host.cli", "demo"]
_PLACES = ("delivered", "waiting", "set_aside", "thinned", "dropped")
_NAMES = {"sampled", *_PLACES, "duplicates", "cut_short", "worst_stamp_error_ms"}


def _run(folder, *options):
    """Run the demo with its temporary files below a folder; return the finished process."""
    return subprocess.run(
        [*_COMMAND, *options],
        env={**os.environ, "TMPDIR": str(folder)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_scaled_demo_balances_against_its_database(tmp_path):
    db = tmp_path / "points.db"
    options = ["--seconds", "6", "--scale", "5", "--seed", "4", "--db", str(db), "--json"]
    done = _run(tmp_path, *options)
    check_honest(done.returncode, done.stdout + done.stderr)
    account = json.loads(done.stdout.splitlines()[-1])
    assert account.keys() >= _NAMES | {"seed", "seconds", "scale", "first_point_s"}
    assert account["sampled"] == sum(account[place] for place in _PLACES)
    assert account["delivered"] > 0
    assert account["duplicates"] == account["dropped"] == account["set_aside"] == 0
    # The account itself judges how far a stamp may be off on a busy computer.
    assert account["worst_stamp_error_ms"] > 0
    with closing(sqlite3.connect(db)) as opened:
        stored = opened.execute("SELECT COUNT(*) FROM points").fetchone()[0]
    assert stored == account["delivered"]
    for event in ("Wi-Fi is gone", "power is cut", "power is back", "Wi-Fi is back"):
        assert event in done.stdout
    assert "\x1b" not in done.stdout
    assert os.listdir(tmp_path) == ["points.db"]


def test_another_seed_balances_without_its_story(tmp_path):
    done = _run(tmp_path, "--seconds", "5", "--scale", "6", "--seed", "11", "--json", "--quiet")
    check_honest(done.returncode, done.stdout + done.stderr, words="")
    (line,) = done.stdout.splitlines()
    assert json.loads(line)["seed"] == 11
    assert os.listdir(tmp_path) == []


def test_a_demo_has_the_sensors_that_are_named(tmp_path):
    sensors = "bme280,host,battery,ds18b20,analog,chip"
    options = ["--seconds", "15", "--scale", "4", "--seed", "5", "--json", "--sensors", sensors]
    done = _run(tmp_path, *options)
    check_honest(done.returncode, done.stdout + done.stderr)
    assert json.loads(done.stdout.splitlines()[-1])["delivered"] > 0
    # Ten channels, or nine on a computer without a thermometer.
    assert re.search(r"stored row \d+, (9|10) readings", done.stdout)
    for wrong, words in (("gps", 'no sensor "gps"'), ("chip,chip", 'sensor "chip" twice')):
        done = _run(tmp_path, "--sensors", wrong)
        assert done.returncode == 1 and words in done.stderr
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("wait_s", [0, 0.2, 0.6, 1.5])
def test_ctrl_c_leaves_nothing(tmp_path, wait_s):
    process = subprocess.Popen(
        _COMMAND,
        env={**os.environ, "TMPDIR": str(tmp_path), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert "seed" in process.stdout.readline()
        time.sleep(wait_s)
        children = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    assert os.listdir(tmp_path) == []
    assert not [child for child in children if child.is_running()]


def test_an_unusable_database_is_reported(tmp_path):
    done = _run(tmp_path, "--db", str(tmp_path / "none" / "points.db"))
    assert done.returncode == 1
    assert "wherry: error: " in done.stderr
    assert "Traceback" not in done.stderr
