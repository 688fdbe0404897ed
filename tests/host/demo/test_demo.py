"""`wherry demo` for a person or a script: its account balances, its buttons, its story."""

import json
import os
import re
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, closing
from dataclasses import asdict
from types import SimpleNamespace

import pytest
from support.account.demo_verdicts import check_honest
from wherry_host.demo.demo import Demo
from wherry_host.demo.live_story import TurnStory
from wherry_host.demo.watch import TakenOver
from wherry_host.stopping import Asked, Stopped

from bench.terminal import Terminal

_WAIT_S = 40
_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_COLOUR = re.compile(r"\x1b\[[0-9;]*3[0-7]m")
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


@pytest.fixture
def terminal():
    """Start demos on terminals of 80 columns; they end with the test."""
    sized = {"COLUMNS": "80", "LINES": "40", "TERM": "xterm"}
    with ExitStack() as started:

        def start(*options, **environment):
            made = Terminal([*_COMMAND, *options], environment={**sized, **environment})
            return started.enter_context(made)

        yield start


def test_in_a_terminal_it_runs_until_ctrl_c(terminal):
    demo = terminal("--seconds", "4", "--scale", "5", "--seed", "4", "--json")
    demo.wait("runs until Ctrl-C", _WAIT_S)
    demo.wait("; delivered", _WAIT_S)
    demo.interrupt()
    code = demo.end()
    plain = _ESCAPE.sub("", demo.text)
    # The computer may stall between the planned end, which has an account too, and Ctrl-C.
    accounts = re.split(r"\baccount +readings", plain)[1:]
    check_honest(code, accounts[-1])
    assert _COLOUR.search(demo.text)
    assert demo.text.count("\x1b[?25l") == demo.text.count("\x1b[?25h") == 1
    assert re.search(r"the page is at http://127\.0\.0\.1:\d+/", plain)
    assert len(accounts) == 2
    *lines, last = plain.splitlines()
    account = json.loads(last)
    assert account["sampled"] == account["delivered"] + account["waiting"] > 0
    assert max(map(len, lines)) <= 80, max(lines, key=len)


def test_colours_and_words_can_be_switched_off(terminal):
    demo = terminal("--no-page", "--seconds", "1", "--seed", "4", NO_COLOR="1")
    assert demo.end() == 0, demo.text
    assert not _COLOUR.search(demo.text) and "the page" not in demo.text
    quiet = terminal("--page", "--seconds", "1", "--quiet")
    quiet.wait("\r\n", _WAIT_S)
    quiet.interrupt()
    quiet.end()
    # Only the address of the page; the terminal itself shows a typed Ctrl-C.
    reported = quiet.text.replace("^Cdemo: stopped; temporary files removed\r\n", "")
    assert re.fullmatch(r"page: http://127\.0\.0\.1:\d+/\r\n", reported), quiet.text


def _press_all(panel, asked, seen):
    """Press every button as a person would, wait for its effect, and request the end."""

    def wait(word):
        end_s = time.monotonic() + 60
        while panel.state()[0] != word and time.monotonic() < end_s:
            time.sleep(0.02)
        seen.append(panel.state()[0])

    wait("sampling")
    panel.set_speed(8)
    panel.set_wifi(False)
    wait("no Wi-Fi")
    # At this speed every start is seen.
    panel.set_speed(1)
    panel.cut()
    wait("no power")
    panel.power_on()
    wait("starting")
    panel.set_speed(8)
    wait("no Wi-Fi")
    panel.set_wifi(True)
    wait("sampling")
    panel.set_speed(1)
    panel.crash()
    wait("starting")
    panel.set_speed(8)
    wait("sampling")
    panel.set_speed(100)
    seen.append(panel.speed)
    asked.note()


def test_a_person_takes_over_and_the_account_balances(capsys):
    asked, seen = Asked(), []
    with Demo(600, 3, 4, TurnStory, asked) as demo:
        demo.deploy()
        person = threading.Thread(target=_press_all, args=(demo.panel, asked, seen))
        person.start()
        with pytest.raises(TakenOver):
            demo.play()
        demo.go_on()
        person.join()
        # No more changes follow.
        demo.panel.cut()
        live = demo.panel.account()
        result = demo.finish()
        demo.panel.power_on()
        assert demo.panel.powered and demo.panel.wifi
    expected = ["sampling", "no Wi-Fi", "no power", "starting", "no Wi-Fi", "sampling", "starting"]
    assert seen == [*expected, "sampling", 20]
    assert result.taken and result.account.problems == []
    counts = asdict(result.account.counts)
    assert {place: counts[place] for place in live} == pytest.approx(live, abs=60)
    reported = capsys.readouterr().out
    assert "you     have taken over; Ctrl-C ends the run and prints the account" in reported
    assert re.search(r"you +power off\n.*you +power on\n", reported, re.S)
    with pytest.raises(Stopped):
        asked.check()


def test_only_the_second_ctrl_c_ends_the_demo_immediately():
    asked = Asked()
    with asked.hurried():
        asked.note()
    with pytest.raises(Stopped), asked.hurried():
        asked.note()
    with pytest.raises(Stopped), asked.hurried():
        raise AssertionError("nothing is begun any more")
    asked.note()
    assert asked.count == 3


_LINES = (
    "1.000 row 0: 6 readings",
    "2.000 row 1: 6 readings",
    "2.100 harbor: delivered 12, 0 waiting",
    "3.000 row 2: 6 readings",
    "3.100 harbor: delivered 6, 0 waiting",
    "4.000 row 3: 6 readings",
    "5.000 Wi-Fi: hut: network not found (status 201); next try in 2 s",
    "6.000 row 4: 6 readings",
    "7.000 Wi-Fi: hut: network not found (status 201); next try in 14 s",
    "8.000 row 5: 6 readings",
    "8.100 harbor: delivered 18, 3 waiting",
)
_TURNS = """\
stored rows 0–1, 12 readings; delivered 12, 0 waiting
stored row 2, 6 readings; delivered 6, 0 waiting
stored row 3, 6 readings
Wi-Fi: hut: network not found (status 201); next try in 2 s
stored row 4, 6 readings
Wi-Fi: hut: network not found (status 201); next try in 14 s
stored row 5, 6 readings; delivered 18, 3 waiting
"""
_FOLDED = """\
stored rows 0–2, 18 readings; delivered 18, 0 waiting
stored rows 3–4, 12 readings
Wi-Fi: hut: network not found (status 201); next try in 14 s (2 times)
stored row 5, 6 readings; delivered 18, 3 waiting
"""


def _reported(story, out):
    """Follow the lines one by one and return the printed lines, without their times."""
    board = SimpleNamespace(lines=[])
    for line in _LINES:
        board.lines.append((int(float(line.split()[0]) * 1e6), line))
        story.follow(board)
    story.close()
    return "".join(line[18:] + "\n" for line in out().out.splitlines())


def test_turns_are_lines_and_equal_ones_are_folded(capsys):
    clock = SimpleNamespace(now_us=lambda: 0)
    assert _reported(TurnStory(clock), capsys.readouterr) == _TURNS
    story = TurnStory(clock)
    story.fold()
    assert _reported(story, capsys.readouterr) == _FOLDED
    assert _reported(TurnStory(clock, quiet=True), capsys.readouterr) == ""
    # Several uplinks are distinguished.
    story = TurnStory(clock)
    story.fold()
    lines = ("1.000 here: delivered 6, 0 waiting", "2.000 harbor: delivered 6, 2 waiting")
    story.follow(SimpleNamespace(lines=[(0, line) for line in lines]))
    story.close()
    reported = [line[18:] for line in capsys.readouterr().out.splitlines()]
    assert reported == ["here: delivered 6, 0 waiting", "delivered 6, 2 waiting"]
