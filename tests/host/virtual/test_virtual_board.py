"""The virtual board's power: boot, flash, kill, cut, deep sleep, resets, watchdog and clocks."""

import random
import subprocess
import sys
import time

from support.boards.virtual_boards import board_with, printed, processes_of, put
from support.places import ROOT
from wherry_host.virtual.board import VirtualBoard
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


def test_boot_py_runs_before_main_py_in_the_same_namespace(tmp_path):
    board = board_with(tmp_path, "print('main sees', mark)")
    put(board, "boot.py", "mark = 7\nprint('boot')")
    with board:
        board.wait_line("main sees 7")
    assert [text for _, text in board.lines][:2] == ["boot", "main sees 7"]


def test_an_error_in_main_py_leads_to_the_prompt(tmp_path):
    with board_with(tmp_path, "1 / 0") as board:
        board.wait_line("ZeroDivisionError")
        board.wait_line("MicroPython ")


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


def test_true_time_runs_at_the_clock_s_scale(tmp_path):
    board = board_with(
        tmp_path, "import time\nprint('a')\ntime.sleep(10)\nprint('b', time.time())", scale=10
    )
    with board:
        first_us, _ = board.wait_line("^a")
        second_us, found = board.wait_line("^b")
    assert 9.5e6 < second_us - first_us < 40e6, found[0]


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


def test_rtc_memory_is_2048_bytes(tmp_path):
    lines = printed(
        tmp_path,
        "import machine\n"
        "rtc = machine.RTC()\n"
        "rtc.memory(bytes(range(256)) * 8)\n"
        "print(len(rtc.memory()), rtc.memory()[255], machine.mem_backup()[254])\n"
        "try:\n    rtc.memory(bytes(2049))\n"
        "except ValueError as error:\n    print(error)\n",
    )
    assert lines == ["2048 255 254", "buffer too long"]


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


def test_a_pin_wakes_from_endless_sleep(tmp_path):
    program = (
        "import machine, esp32\n"
        "pin = machine.Pin(14, machine.Pin.IN)\n"
        "print('woken by', machine.wake_reason(), pin.value())\n"
        "esp32.wake_on_ext0(pin, esp32.WAKEUP_ANY_HIGH)\n"
        "if machine.reset_cause() == 1:\n    machine.deepsleep()\n"
    )
    with board_with(tmp_path, program) as board:
        board.wait_event("sleep")
        board.pin(14, 1)
        board.wait_line("woken by 2 1")


def test_resets_have_the_chip_s_causes(tmp_path):
    program = (
        "import machine, os\n"
        "print('cause', machine.reset_cause())\n"
        "steps = len(os.listdir())\n"
        "open('step%d' % steps, 'w').close()\n"
        "if steps == 1:\n    machine.soft_reset()\n"
        "if steps == 2:\n    machine.reset()\n"
    )
    with board_with(tmp_path, program) as board:
        board.wait_line("cause 2")
    assert [text for _, text in board.lines if "cause" in text] == [
        "cause 1",
        "cause 5",
        "cause 2",
    ]


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


def test_a_cut_inside_a_write_leaves_the_old_or_the_new_file(tmp_path):
    with board_with(tmp_path, COUNTING, boot_ms=0) as board:
        for count in range(1, 15):
            board.wait_line("stored", since=len(board.lines))
            since = len(board.events)
            board.cut_at_write(count)
            board.wait_event("cut", since=since)
            board.power_on()
        stored = [int(text.split()[1]) for _, text in board.lines if text.startswith("stored")]
    assert stored == sorted(set(stored))


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


def test_stop_leaves_no_process_and_the_folder_starts_again(tmp_path):
    board = board_with(tmp_path, "print('up')")
    with board:
        board.wait_line("up")
    assert not processes_of(board.folder)
    with VirtualBoard(board.folder, flash_size=1) as again:
        again.wait_line("up")


def test_a_sleeping_board_can_be_killed_and_cut(tmp_path):
    program = (
        "import machine\n"
        "print('cause', machine.reset_cause(), machine.wake_reason())\n"
        "machine.deepsleep(3600000)\n"
    )
    with board_with(tmp_path, program) as board:
        board.wait_event("sleep")
        since = len(board.events)
        board.kill()
        board.wait_line("cause 2 0")
        board.wait_event("sleep", since=since)
        since = len(board.lines)
        board.cut()
        board.power_on()
        board.wait_line("cause 1 0", since=since)


def test_a_crash_of_the_interpreter_is_a_reset(tmp_path):
    program = (
        "import machine, uctypes\n"
        "print('cause', machine.reset_cause())\n"
        "if machine.reset_cause() == 1:\n    uctypes.bytearray_at(0, 4)[0] = 1\n"
    )
    with board_with(tmp_path, program) as board:
        board.wait_event("crash", signal=11)
        board.wait_line("cause 2")


def test_a_board_whose_supervisor_was_killed_continues_as_after_a_crash(tmp_path):
    program = (
        "import machine\n"
        "print('cause', machine.reset_cause(), machine.RTC().memory()[:4])\n"
        "machine.RTC().memory(b'kept')\nprint('set')\n"
    )
    board = board_with(tmp_path, program)
    board.start()
    board.wait_line("set")
    board._process.kill()
    board.wait_event("gone")
    board.stop()
    with board:
        board.wait_line("cause 2 b'kept'")
    with board:
        board.wait_line("cause 1 ")


def test_the_garbage_collector_closes_files_with_a_locked_heap(tmp_path):
    lines = printed(
        tmp_path,
        "import gc\n"
        "def leave():\n    file = open('left', 'w')\n    file.write('x' * 5000)\n"
        "for _ in range(20):\n    leave()\n"
        "[[i] for i in range(50)]\n"
        "gc.collect()\n"
        "print(len(open('left').read()))\n",
    )
    assert lines == ["5000"]


def test_light_sleep_frequency_and_idle(tmp_path):
    lines = printed(
        tmp_path,
        "import machine, time\n"
        "machine.freq(80000000); start = time.ticks_ms()\n"
        "machine.lightsleep(1000); machine.idle()\n"
        "print(machine.freq(), 1000 <= time.ticks_diff(time.ticks_ms(), start) < 9000)\n"
        "print(machine.wake_reason(), machine.enable_irq(machine.disable_irq()))\n",
    )
    assert lines == ["80000000 True", "4 None"]
