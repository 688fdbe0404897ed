"""The watchdog on a virtual board: it resets a program that hangs, and not one that waits."""

import subprocess
import sys
import time

from support.boards.spine import Spine
from support.boards.trials import broken, deploy_another, slot_words

WDT_RESET, HARD_RESET = 3, 2
WATCHDOG_S = 90
HANGS = "import time\n\n\ndef make_node(*_):\n    while True:\n        time.sleep(1)\n"


# A tool that reads a node, and whose computer disappears during the read.
UNPLUGGED = """
import os, signal, sys
from wherry_host.owner.data_port import DataPort
board = DataPort(sys.argv[1])
for path, size in board.sizes("/data").items():
    print(path, sum(map(len, board.parts("/data/" + path, size))), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""
SILENCE_S = 600


def resets(spine):
    """Return the board's resets and crashes so far."""
    return [each for each in spine.board.events if each["event"] in ("reset", "crash")]


def test_a_program_that_hangs_is_reset_and_its_version_abandoned(tmp_path):
    with Spine(tmp_path, 20) as spine:
        spine.start().wait("row 0")
        spine.board.cut()
        deploy_another(spine, **broken(spine, assemble=HANGS))
        before, since = len(resets(spine)), spine.mark()
        spine.board.power_on()
        spine.wait("slot: three starts of b.app failed, back to a.app", 90, since)
        ended = resets(spine)[before:]
        assert [each["cause"] for each in ended] == [WDT_RESET] * 3
        boots = [each["time_us"] for each in spine.board.events if each["event"] == "boot"]
        for each in ended:
            began_us = max(time_us for time_us in boots if time_us < each["time_us"])
            assert WATCHDOG_S <= (each["time_us"] - began_us) / 1e6 < 2 * WATCHDOG_S
        spine.wait("row ", since=spine.mark())
        spine.board.cut()
        assert slot_words(spine) == ["a.app"]


def crashes_stored(spine):
    """Return the values of node_crashes in the server's table."""
    stored = spine.stored().items()
    return {value for (name, _), (value, _) in stored if name == "node_crashes"}


def test_unrequested_resets_are_counted(tmp_path):
    with Spine(tmp_path) as spine:
        spine.start().drained()
        for count, cause in enumerate((WDT_RESET, HARD_RESET, WDT_RESET), 1):
            spine.board.kill(cause)
            end_s = time.monotonic() + 60
            while count not in crashes_stored(spine) and time.monotonic() < end_s:
                time.sleep(0.1)
            # The count is in RTC memory after the turn, as the next upload shows.
            for _ in range(2):
                spine.wait("harbor: delivered", 60, spine.mark())
        spine.board.cut()
        assert crashes_stored(spine) == {0, 1, 2, 3}


def test_a_node_whose_cable_is_pulled_starts_again_after_ten_minutes(tmp_path):
    with Spine(tmp_path, 10) as spine:
        spine.start().drained()
        command = [sys.executable, "-c", UNPLUGGED, spine.board.port]
        read = subprocess.run(command, capture_output=True, text=True, check=False)
        assert read.returncode == -9 and read.stdout, read.stderr
        pulled_us, since = spine.clock.now_us(), len(spine.board.events)
        spine.clock.set_scale(100)
        reset = spine.board.wait_event("reset", since=since)
        spine.clock.set_scale(10)
        assert reset["cause"] == WDT_RESET
        # The watchdog counts from the last command, which came before the tool's end.
        assert SILENCE_S - 60 < (reset["time_us"] - pulled_us) / 1e6 < 2 * SILENCE_S
        since = spine.mark()
        spine.wait(r"row \d+: ", 60, since)
        spine.drained()
