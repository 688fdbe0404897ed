"""The virtual board's power: boot, flash, kill, cut, deep sleep, resets, watchdog and clocks."""

import random
import subprocess
import sys
import time

from support.boards.virtual_boards import board_with, printed, processes_of
from support.places import ROOT
from wherry_host.virtual.image import Image

COUNTING = """
import os, time
count = 0
if "count" in os.listdir():
    count = int(open("count").read())
while True:
    count += 1
    with open("count.new", "w") as file:
        file.write(str(count))
    os.rename("count.new", "count")
    print("stored", count)
"""


def test_boot_shows_the_chip_and_its_own_filesystem(tmp_path):
    lines = printed(
        tmp_path,
        "import sys, os, machine; from sys import platform\n"
        "print(sys.platform, platform, os.listdir('/'), sys.path, os.statvfs('/')[:3])\n"
        "print(machine.reset_cause(), machine.wake_reason(), len(machine.unique_id()))",
    )
    assert lines == [
        "esp32 esp32 ['main.py'] ['', '.frozen', '/lib'] (4096, 4096, 64)",
        "1 0 6",
    ]


def test_time_is_the_chip_s(tmp_path):
    lines = printed(
        tmp_path,
        "import time, machine\n"
        "print(time.time(), time.gmtime(0), time.gmtime(), time.mktime((2000,1,1,0,1,0,0,0)))\n"
        "machine.RTC().datetime((2026, 11, 20, 0, 8, 30, 1, 250000))\n"
        "print(machine.RTC().datetime()[:7], time.gmtime()[:6], type(time.time()))\n"
        "print(time.time_ns() // 1000000000 == time.time(), time.localtime is time.gmtime)",
    )
    assert lines[0] == ("0 (2000, 1, 1, 0, 0, 0, 5, 1) (2000, 1, 1, 0, 0, 0, 5, 1) 60")
    assert lines[1] == "(2026, 11, 20, 4, 8, 30, 1) (2026, 11, 20, 8, 30, 1) <class 'int'>"
    assert lines[2] == "True True"


def test_ticks_wrap_after_two_to_the_thirty(tmp_path):
    lines = printed(
        tmp_path,
        "import time\n"
        "old = time.ticks_ms()\n"
        "time.sleep_ms(150)\n"
        "new = time.ticks_ms()\n"
        "print(old > 2**30 - 101, new < 1000, 150 <= time.ticks_diff(new, old) < 2000)\n"
        "print(time.ticks_add(0, -1))\n"
        "try:\n    time.ticks_add(0, 2**29)\n"
        "except OverflowError:\n    print('overflow')\n",
        # So slow that the board has started before the first tenth of a second is over.
        scale=0.1,
        ticks_start_ms=2**30 - 100,
    )
    assert lines == ["True True True", "1073741823", "overflow"]


def test_kill_keeps_flash_rtc_memory_and_clock(tmp_path):
    program = (
        "import machine, time, os\n"
        "rtc = machine.RTC()\n"
        "print('cause', machine.reset_cause(), rtc.memory()[:4], time.gmtime()[0])\n"
        "if machine.reset_cause() == 1:\n"
        "    rtc.memory(b'kept')\n"
        "    rtc.datetime((2026, 1, 2, 0, 3, 4, 5, 0))\n"
        "    open('kept', 'w').write('x')\n"
        "    print('ready')\n"
        "else:\n"
        "    print(os.listdir())\n"
        "while True:\n    time.sleep(1)\n"
    )
    with board_with(tmp_path, program) as board:
        board.wait_line("ready")
        board.kill()
        board.wait_line("cause 2 b'kept' 2026")
        board.wait_line("'kept'")
        board.kill(cause=3)
        board.wait_line("cause 3 b'kept' 2026")


def test_cut_loses_rtc_memory_and_clock(tmp_path):
    program = (
        "import machine, time\n"
        "rtc = machine.RTC()\n"
        "print('cause', machine.reset_cause(), rtc.memory() == b'kept', time.gmtime()[0])\n"
        "rtc.memory(b'kept')\n"
        "rtc.datetime((2026, 1, 2, 0, 3, 4, 5, 0))\n"
        "print('ready')\n"
        "while True:\n    time.sleep(1)\n"
    )
    with board_with(tmp_path, program) as board:
        board.wait_line("ready")
        board.cut()
        assert board.status()["state"] == "off"
        since = len(board.lines)
        board.power_on()
        board.wait_line("cause 1 False 2000", since=since)


def test_deep_sleep_runs_nothing_more_of_the_program(tmp_path):
    program = (
        "import machine, time\n"
        "kept = machine.RTC().memory()[:5]\n"
        "print('cause', machine.reset_cause(), machine.wake_reason(), kept)\n"
        "if machine.reset_cause() != 4:\n"
        "    machine.RTC().memory(b'slept')\n"
        "    try:\n        machine.deepsleep(60000)\n"
        "    except BaseException:\n        print('caught')\n"
        "    finally:\n        print('finally')\n"
        "print('rtc', time.time())\n"
    )
    with board_with(tmp_path, program, scale=200, boot_ms=300) as board:
        slept = board.wait_event("sleep", ms=60000)
        awake = board.wait_event("boot", cause=4)
        board.wait_line(r"cause 4 4 b'slept'")
        _, rtc = board.wait_line(r"rtc (\d+)")
    # The span includes two starts of an interpreter, each counted 200 times.
    assert 60.2e6 < awake["time_us"] - slept["time_us"] < 5000e6
    assert 60 <= int(rtc[1]) < 5000
    assert b"finally" not in board.console and b"caught" not in board.console


def test_the_watchdog_survives_a_soft_reset(tmp_path):
    program = (
        "import machine, time\n"
        "print('cause', machine.reset_cause())\n"
        "if machine.reset_cause() == 1:\n"
        "    dog = machine.WDT(timeout=24000)\n"
        "    for _ in range(4):\n        time.sleep(2); dog.feed()\n"
        "    print('fed')\n"
        "    machine.soft_reset()\n"
        "time.sleep(60)\n"
        "print('alive')\n"
    )
    with board_with(tmp_path, program, scale=6) as board:
        fed_us, _ = board.wait_line("fed")
        board.wait_line("cause 5")
        bite = board.wait_event("reset", cause=3)
        board.wait_line("cause 3")
        board.wait_line("alive")
    assert 23e6 < bite["time_us"] - fed_us < 55e6


def test_the_rtc_clock_drifts_as_configured(tmp_path):
    program = "import machine, time\ntime.sleep(2000)\nmachine.deepsleep(5000000)\n"
    board = board_with(tmp_path, program, scale=1000, drift_ppm=-2000, drift_asleep_ppm=3000)
    with board:
        board.wait_event("boot")
        assert abs(_drift_ppm(board) + 2000) < 1
        board.wait_event("sleep")
        assert abs(_drift_ppm(board) - 3000) < 1


def _drift_ppm(board):
    first = board.status()
    time.sleep(0.2)
    second = board.status()
    true_us = second["true_us"] - first["true_us"]
    return (second["rtc_unix_us"] - first["rtc_unix_us"] - true_us) * 1e6 / true_us


def test_twenty_kills_leave_the_filesystem_intact(tmp_path):
    seed = random.randrange(1 << 32)
    print("seed", seed)
    chance = random.Random(seed)
    with board_with(tmp_path, COUNTING, boot_ms=0) as board:
        for _ in range(20):
            since = len(board.lines)
            board.wait_line("stored", since=since)
            time.sleep(chance.random() * 0.02)
            board.kill() if chance.random() < 0.5 else _cut(board)
        board.wait_line("stored", since=len(board.lines))
        board.cut()
        stored = [int(text.split()[1]) for _, text in board.lines if text.startswith("stored")]
    with Image(board.flash) as image:
        count = int(image.read("count"))
    # Each boot continues from the last count stored: a lost one would be printed twice.
    assert stored == sorted(set(stored)) and count - stored[-1] in (0, 1)


def _cut(board):
    board.cut()
    board.power_on()


def test_nothing_is_left_when_the_process_that_made_the_board_is_killed(tmp_path):
    script = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from support.boards.virtual_boards import board_with\n"
        "board = board_with(Path(sys.argv[1]), 'print(1)\\nwhile True: pass').start()\n"
        "board.wait_line('1')\n"
        "print('up', flush=True)\n"
        "time.sleep(60)\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT / "tests") as maker:
        maker.stdout.readline()
        assert len(processes_of(tmp_path / "board")) == 2
        maker.kill()
    end_s = time.monotonic() + 20
    while processes_of(tmp_path / "board") and time.monotonic() < end_s:
        time.sleep(0.01)
    assert not processes_of(tmp_path / "board")
