"""firmware/main.py and chip.py on MicroPython itself: turn after turn, and how a run ends.

The node is the test's: each of its turns is a letter, and assemble creates it.
"""

import pytest
from support.boards.firmware_run import found_by

WATCHDOG_MS, AT_CONSOLE_MS = 90_000, 24 * 3_600_000
# A turn: "." takes no time, "r" brings a row to flash, "!" fails, "c" is Ctrl-C.
PROGRAM = """
stand_in(machine=Machine, time=Clock)
flash = mount({"/data/crash": given["record"], "/slot": "as it was"})
import chip, gc, rtc
from wherry.stage.stage import Stage

class Link:
    def close(self): done.append("close")

class Upload: pass

class Node:
    def __init__(self):
        self.queue = self
        self.next_row = 5
        self.ports = chip.Ports(watchdog, given["battery"], given["accident"], None)
        self.stage = Stage(*rtc.rtc_memory(), 2)
        self.stage.new_state().sample_due = 7
        self.link = Link() if given["link"] else None
        self.stage.state.send_due = 9
        self.turns = list(given["turns"])
        self.uploads = [Upload(), Upload()]
        self.uploads[0].due = 8
    def turn(self):
        kind = self.turns.pop(0)
        state = self.stage.state
        done.append([kind, Clock.now_ms, state.sample_due])
        due.append([state.send_due, self.uploads[0].due])
        if kind == "!": raise ValueError("of our own")
        if kind == "c": raise KeyboardInterrupt
        self.next_row += kind == "r"
        return Clock.now_ms + given["wait_ms"]

class Ring(Node):
    def rest(self, stage): done.append(["rest", stage is self.stage])

class Settings:
    def read(): return "settings"

class Assemble:
    def make_node(settings, made_with):
        global watchdog, node
        assert settings == "settings"
        watchdog = made_with
        node = (Ring if given["ring"] else Node)()
        return node.ports, node

stand_in(settings=Settings, assemble=Assemble)
done, due, ended = [], [], None
import main
try:
    main.run(given["words"])
except Slept as slept:
    ended = slept.args[0]
except KeyboardInterrupt:
    ended = "interrupted"
buffer = rtc.rtc_memory()[0]
found = {
    "done": done, "due": due, "ended": ended, "fed_ms": Watchdog.fed_ms,
    "watchdogs": Watchdog.timeouts,
    "slot": files()["/slot"], "mark": str(rtc.mark(buffer), "utf-8"), "threshold": gc.threshold(),
    "crashes": node.stage.state.crashes,
}
"""
# A small file.
STREAK_OF_2 = "\x02\xa1\x8e\x0c<"


def run(turns, words=("a.app",), **more):
    """Run turns until one ends the run; return their results, and the lines printed."""
    given = {"turns": turns, "words": list(words), "wait_ms": 2_500, "battery": False}
    given |= {"accident": False, "link": False, "ring": False, "record": "", **more}
    return found_by(PROGRAM, given)


# The loop


def test_turns_follow_each_other_and_the_watchdog_is_fed_each_second():
    found, _ = run("..c", accident=False)
    assert found["done"] == [[".", 0, 7], [".", 2_500, 7], ["c", 5_000, 7]]
    assert found["fed_ms"] == [0, 1_000, 2_000, 2_500, 3_500, 4_500]
    # Garbage is collected every 768 bytes, so that holes do not scatter (docs/bench.md).
    assert found["threshold"] == 768


def test_a_person_at_the_console_extends_the_watchdog_and_is_not_a_crash():
    found, _ = run(".c")
    assert found["ended"] == "interrupted" and found["mark"] == "hand"
    assert found["watchdogs"] == [WATCHDOG_MS, AT_CONSOLE_MS]


def test_an_error_of_the_program_is_slept_off():
    found, lines = run(".!")
    assert (found["ended"], found["mark"]) == (10_000, "fail")
    assert found["watchdogs"] == [WATCHDOG_MS] and "ValueError: of our own" in lines


@pytest.mark.parametrize(("accident", "crashes", "slept_ms"), [
    # The first good turn ends a streak and counts it, once.
    (True, 2, 10_000),
    # A wake after an ordinary sleep does not check for one.
    (False, 0, 40_000),
])  # fmt: skip
def test_a_good_turn_after_an_accident_ends_the_streak(accident, crashes, slept_ms):
    found, _ = run("..!", accident=accident, record=STREAK_OF_2)
    assert (found["crashes"], found["ended"]) == (crashes, slept_ms)


# The words of /slot


@pytest.mark.parametrize(("words", "sample_due", "send_due"), [
    ((), 7, [9, 8]),
    (("a.app",), 7, [9, 8]),
    (("a.app", "b.app", "0"), 0, [0, 0]),
])  # fmt: skip
def test_a_version_on_trial_samples_and_sends_immediately(words, sample_due, send_due):
    found, _ = run("c", words)
    assert found["done"] == [["c", 0, sample_due]] and found["due"] == [send_due]


@pytest.mark.parametrize(("words", "turns", "slot"), [
    ((), ".rc", "as it was"),
    (("a.app",), ".rc", "as it was"),
    (("a.app", "b.app", "1"), "rc", "b.app"),
    (("a.app", "b.app", "1"), ".c", "a.app b.app 1"),
    (("a.app", "b.app", "1"), "..rc", "b.app"),
    # A start that a person at the console ended does not count; one that failed does.
    (("a.app", "b.app", "1"), "c", "a.app b.app 1"),
    (("a.app", "b.app", "1"), "!", "as it was"),
    ((), "c", "as it was"),
])  # fmt: skip
def test_each_turn_is_a_step_of_a_trial(words, turns, slot):
    found, _ = run(turns, words)
    assert found["slot"] == slot


# Sleep


@pytest.mark.parametrize(("ring", "link", "before"), [
    (False, False, []), (False, True, ["close"]), (True, True, ["close", ["rest", True]]),
])  # fmt: skip
def test_a_node_on_battery_sleeps_between_turns(ring, link, before):
    found, _ = run(".", wait_ms=1_000, battery=True, ring=ring, link=link)
    assert found["done"][1:] == before and found["ended"] == 1_000 and found["fed_ms"] == []


def test_a_wait_that_is_too_short_for_a_deep_sleep_is_spent_awake():
    found, _ = run(".c", wait_ms=999, battery=True, ring=True, link=True)
    assert found["done"] == [[".", 0, 7], ["c", 999, 7]] and found["fed_ms"] == [0]
    found, _ = run(".c", wait_ms=1)
    assert found["done"][1] == ["c", 1, 7]
    found, _ = run(".c", wait_ms=60_000, ring=True, link=True)
    assert found["done"] == [[".", 0, 7], ["c", 60_000, 7]] and len(found["fed_ms"]) == 60
