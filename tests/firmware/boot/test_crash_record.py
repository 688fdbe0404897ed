"""crash.py and rtc.py on MicroPython itself: the record, the longer sleeps, the mark."""

import pytest
from support.boards.firmware_run import found_by

# Actions done in turn, each in a separate boot: RTC memory and flash are kept.
PROGRAM = """
stand_in(machine=Machine, time=Clock)
import rtc
from wherry.stage.stage import Stage

class Backup:
    memory = bytearray(2048)
    def mem_backup(): return memoryview(Backup.memory)

if given["backup"]:
    Machine.mem_backup = Backup.mem_backup
flash = mount(given["files"])
import crash

def staged():
    buffer, flush = rtc.rtc_memory()
    stage = Stage(buffer, flush, 2)
    stage.state or stage.new_state()
    return stage

def fail(text):
    try:
        crash.sleep_off(ValueError(text))
    except Slept as slept:
        return slept.args[0]

def end_streak(crashes, gap=0, is_staging=False):
    stage = staged()
    stage.state.crashes, stage.state.gap = crashes, gap
    flash.forget()
    crash.end_streak(stage, is_staging)
    return [stage.state.crashes, flash.noted > 0]

def was_excused():
    stage = staged()
    found = crash.was_excused(stage)
    stage.flush()
    return found

def memory_mark():
    memory = Backup.memory if given["backup"] else Rtc.content
    return [len(memory), "".join([chr(octet) for octet in memory[328:332]])]

def power_on():
    try:
        crash.count_power_on()
    except Slept as slept:
        return slept.args[0] // 60_000

actions = {"power_on": power_on, "fail": fail, "end_streak": end_streak,
           "was_excused": was_excused, "excuse": crash.excuse, "mark": memory_mark}
found = [actions[name](*more) for name, *more in given["actions"]] + [files()]
"""
NO_MARK = [2048, "\0\0\0\0"]


def done(*actions, backup=False, files=None):
    """Return what each action returns, the files afterwards, and the lines printed."""
    given = {"actions": actions, "backup": backup, "files": files or {}}
    found, lines = found_by(PROGRAM, given)
    return found[:-1], found[-1], lines


def test_each_failure_of_a_streak_doubles_the_sleep_up_to_an_hour():
    found, _, lines = done(*[["fail", "x"]] * 13)
    assert found == [10_000 << i for i in range(9)] + [3_600_000] * 4
    assert lines[-1] == "next start in 3600 s" and "ValueError: x" in lines


def test_the_record_has_the_length_of_the_streak_and_the_newest_error():
    _, files, _ = done(["fail", "first"], ["fail", "second"])
    assert files["/data/crash"][:-4] == "\2ValueError: second"
    _, files, _ = done(["fail", "long " * 50])
    assert len(files["/data/crash"]) == 124
    _, files, _ = done(*[["fail", "x"]] * 257)
    assert files["/data/crash"][0] == "\xff"


def test_an_error_that_cannot_be_recorded_is_also_slept_off():
    found, files, lines = done(["fail", "x"], files={"/data": "a file"})
    assert found == [5_000] and files == {"/data": "a file"}
    assert any(line.startswith("flash write failed, crash not recorded:") for line in lines)


@pytest.mark.parametrize("backup", [False, True])
def test_a_mark_records_how_the_last_run_ended(backup):
    found, _, _ = done(["fail", "x"], ["mark"], ["end_streak", 0], ["mark"], backup=backup)
    assert (found[1], found[3]) == ([2048, "fail"], NO_MARK)
    found, _, _ = done(["excuse"], ["mark"], backup=backup)
    assert found[1] == [2048, "hand"]


@pytest.mark.parametrize("record", ["", "\2", "\2ValueError: x0000"])
def test_a_damaged_record_is_no_streak(record):
    found, files, _ = done(["end_streak", 5], ["fail", "new"], files={"/data/crash": record})
    assert found == [[5, False], 10_000] and files["/data/crash"][:-4] == "\1ValueError: new"


def test_a_streak_is_counted_at_its_end_and_the_next_starts_from_zero():
    found, files, _ = done(["fail", "x"], ["fail", "y"], ["end_streak", 5], ["end_streak", 7])
    assert found[2:] == [[7, True], [7, False]] and files["/data/crash"][:-4] == "\0"
    found, _, _ = done(["fail", "x"], ["fail", "y"], ["end_streak", 5], ["fail", "z"])
    assert found[3] == 10_000


def test_power_ons_without_a_completed_turn_wait_after_the_third():
    data = {"/data/": ""}
    found, files, lines = done(*[["power_on"]] * 6, files=data)
    assert found == [None, None, None, 10, 60, 60]
    assert lines[0] == "power-on 4 without a completed turn: next start in 10 min"
    for end in (["end_streak", 0], ["excuse"]):
        found, files, _ = done(*[["power_on"]] * 4, end, ["power_on"], files=data)
        assert found[3] == 10 and found[5] is None and files["/data/starts"][:-4] == "\1"
    _, files, _ = done(["power_on"], ["end_streak", 0], files=data)
    assert files == data


def test_the_flash_notes_whether_rows_may_wait_in_rtc_memory():
    data, noted = {"/data/": ""}, ["end_streak", 0, 0, True]
    found, files, _ = done(noted, noted, files=data)
    assert "/data/stage" in files and found[:2] == [[0, True], [0, False]]
    # The gap that the note calls for is not recorded yet.
    _, files, _ = done(noted, ["end_streak", 0, 1, False], files=data)
    assert "/data/stage" in files
    _, files, _ = done(noted, ["end_streak", 0, 0, False], files=data)
    assert files == data


@pytest.mark.parametrize("backup", [False, True])
def test_an_excuse_holds_once(backup):
    actions = ["excuse"], ["was_excused"], ["mark"], ["was_excused"]
    found, _, _ = done(*actions, backup=backup)
    assert found[1:] == [True, NO_MARK, False]
