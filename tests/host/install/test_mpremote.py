"""The real mpremote on the port of a board that runs the node: it connects, and harms nothing."""

import subprocess
import sys

import pytest
from support.boards.spine import Spine

SCALE = 10
WATCHDOG_S = 90


@pytest.fixture(scope="module")
def spine(tmp_path_factory):
    with Spine(tmp_path_factory.mktemp("spine"), SCALE) as running:
        running.start().drained()
        yield running


def mpremote(spine, *arguments):
    """Run a command on the board and return what it printed."""
    command = [sys.executable, "-m", "mpremote", "connect", spine.board.port, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_exec_interrupts_the_node_and_the_watchdog_waits(spine):
    assert mpremote(spine, "exec", "import os; print(os.listdir('/data'))").startswith("['")
    # In the raw REPL the watchdog is not fed: its timeout must have been extended.
    spine.clock.sleep(WATCHDOG_S + 10)
    assert "42" in mpremote(spine, "resume", "exec", "print(6 * 7)")
    assert not [event for event in spine.board.events if event["event"] == "reset"]


def test_files_are_copied_both_ways(spine, tmp_path):
    folder = tmp_path / "more"
    (folder / "deep").mkdir(parents=True)
    (folder / "one.txt").write_text("first\n")
    (folder / "deep" / "two.bin").write_bytes(bytes(range(256)) * 20)
    mpremote(spine, "fs", "cp", "-r", str(folder), ":/")
    assert "more/" in mpremote(spine, "fs", "ls", ":/")
    assert mpremote(spine, "fs", "cat", ":/more/one.txt") == "first\n"
    back = tmp_path / "back.bin"
    mpremote(spine, "fs", "cp", ":/more/deep/two.bin", str(back))
    assert back.read_bytes() == bytes(range(256)) * 20
    mpremote(spine, "fs", "rm", "-r", ":/more")
    assert "more" not in mpremote(spine, "fs", "ls", ":/")


def test_a_soft_reset_leaves_the_prompt_and_a_reset_starts_the_node(spine):
    # As on the chip: a soft reset out of the raw REPL does not run main.py.
    mpremote(spine, "soft-reset")
    assert "7" in mpremote(spine, "resume", "exec", "print(7)")
    since = spine.mark()
    mpremote(spine, "reset")
    spine.wait("row ", since=since)
    spine.drained()
    assert spine.settled()["delivered"] > 0
