"""The interactive demo: a terminal, buttons, and an account that balances after any presses."""

import json
import re
import sys
import threading
import time
from contextlib import ExitStack
from dataclasses import asdict
from types import SimpleNamespace

import pytest
from support.account.demo_verdicts import check_honest
from wherry_host.account.account_text import bar
from wherry_host.demo.demo import Demo
from wherry_host.demo.live_story import TurnStory
from wherry_host.demo.story import Story
from wherry_host.demo.watch import TakenOver
from wherry_host.stopping import Asked, Stopped

from bench.terminal import Terminal

_WAIT_S = 40
_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_COLOUR = re.compile(r"\x1b\[[0-9;]*3[0-7]m")


@pytest.fixture
def terminal():
    """Start demos on terminals of 80 columns; they end with the test."""
    sized = {"COLUMNS": "80", "LINES": "40", "TERM": "xterm"}
    with ExitStack() as started:

        def start(*options, **environment):
            command = [sys.executable, "-m", "wherry_host.cli", "demo", *options]
            made = Terminal(command, environment={**sized, **environment})
            return started.enter_context(made)

        yield start


def test_in_a_terminal_it_runs_until_ctrl_c(terminal):
    demo = terminal("--seconds", "4", "--scale", "5", "--seed", "4", "--json")
    demo.wait("runs until Ctrl-C", _WAIT_S)
    demo.wait("; delivered", _WAIT_S)
    demo.interrupt()
    check_honest(demo.end(), demo.text)
    assert _COLOUR.search(demo.text)
    assert demo.text.count("\x1b[?25l") == demo.text.count("\x1b[?25h") == 1
    plain = _ESCAPE.sub("", demo.text)
    assert re.search(r"the page is at http://127\.0\.0\.1:\d+/", plain)
    assert len(re.findall(r"\baccount +readings", plain)) == 2
    *lines, last = plain.splitlines()
    account = json.loads(last)
    assert account["sampled"] == account["delivered"] + account["waiting"] > 0
    assert max(map(len, lines)) <= 80, max(lines, key=len)


def test_colours_and_words_can_be_switched_off(terminal):
    demo = terminal("--no-page", "--seconds", "1", "--seed", "4", NO_COLOR="1")
    assert demo.end() == 0, demo.text
    assert not _COLOUR.search(demo.text) and "the page" not in demo.text
    quiet = terminal("--no-page", "--seconds", "1", "--seed", "4", "--quiet")
    assert quiet.end() == 0 and quiet.text == "", quiet.text


def test_a_quiet_demo_prints_only_the_address_of_its_page(terminal):
    quiet = terminal("--page", "--seconds", "1", "--quiet")
    quiet.wait("\r\n", _WAIT_S)
    quiet.interrupt()
    quiet.end()
    # The terminal itself shows a typed Ctrl-C.
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
    plain = _reported(Story(clock), capsys.readouterr)
    assert plain.startswith("stored rows 0–1, 12 readings\nharbor: delivered 12, 0 waiting\n")
    assert _reported(TurnStory(clock, quiet=True), capsys.readouterr) == ""


def test_uplinks_are_distinguished_in_turns(capsys):
    story = TurnStory(SimpleNamespace(now_us=lambda: 0))
    story.fold()
    lines = ("1.000 here: delivered 6, 0 waiting", "2.000 harbor: delivered 6, 2 waiting")
    story.follow(SimpleNamespace(lines=[(0, line) for line in lines]))
    story.close()
    reported = [line[18:] for line in capsys.readouterr().out.splitlines()]
    assert reported == ["here: delivered 6, 0 waiting", "delivered 6, 2 waiting"]


def test_long_times_keep_their_column(capsys):
    story = Story(SimpleNamespace(now_us=lambda: 0))
    for seconds in (0, 999.9, 1000, 36_000, 359_999):
        story._print("node", "x", seconds * 1e6)
    times = [line[:8] for line in capsys.readouterr().out.splitlines()]
    assert times == ["   0.0 s", " 999.9 s", "1000.0 s", " 36000 s", "359999 s"]


def test_the_bar_shows_the_smallest_count():
    places = ("delivered", "waiting", "set_aside", "thinned", "dropped")
    for counts, expected in (
        ((0, 0, 0, 0, 0), ""),
        ((1, 0, 0, 0, 0), "dddddddddd"),
        ((50, 50, 0, 0, 0), "dddddwwwww"),
        ((9999, 1, 0, 0, 0), "dddddddddw"),
        ((1, 1, 1, 0, 9999), "dwsddddddd"),
        ((9999, 1, 1, 1, 1), "ddddddwstd"),
    ):
        counts = dict(zip(places, counts, strict=True))
        shares = [len(str(bar(counts, 10, place)).strip()) for place in places]
        drawn = "".join(place[0] * share for place, share in zip(places, shares, strict=True))
        assert drawn == expected
        assert len(bar(counts, 10)) == len(expected)
