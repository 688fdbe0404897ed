"""The real mpremote on the virtual board's port, and `wherry board` itself."""

import json
import os
import signal
import subprocess
import time
from contextlib import contextmanager

import pytest
from support.boards.spine import Spine
from support.boards.virtual_boards import board_with, processes_of
from support.places import BIN
from wherry_host.config.toml_text import toml_text
from wherry_host.server.service import Service
from wherry_host.virtual.image import Image

IDLE = "import time\nprint('main')\nwhile True: time.sleep(0.1)\n"


def mpremote(port, *words, code=0):
    """Run one mpremote command and return what it printed."""
    command = [BIN / "mpremote", "connect", port, *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == code, (words, done.stdout, done.stderr)
    return done.stdout


@pytest.fixture
def board(tmp_path):
    with board_with(tmp_path, IDLE) as running:
        running.wait_line("main")
        yield running


def test_exec_interrupts_main_py_and_does_not_run_it_again(board):
    since = len(board.lines)
    assert mpremote(board.port, "exec", "import sys; print(sys.platform, 6 * 7)") == "esp32 42\n"
    assert "main" not in [text for _, text in board.lines[since:]]
    assert "ZeroDivisionError" in mpremote(board.port, "resume", "eval", "1/0", code=1)


def test_files_go_to_the_board_and_come_back(board, tmp_path):
    source = tmp_path / "sent"
    (source / "deep").mkdir(parents=True)
    content = bytes(range(256)) * 30
    (source / "deep" / "bytes.bin").write_bytes(content)
    (source / "text.txt").write_text("first\nsecond\n")
    mpremote(board.port, "fs", "cp", "-r", str(source), ":")
    assert "deep/" in mpremote(board.port, "fs", "ls", ":sent")
    assert mpremote(board.port, "fs", "cat", ":sent/text.txt") == "first\nsecond\n"
    mpremote(board.port, "fs", "cp", ":sent/deep/bytes.bin", str(tmp_path / "back"))
    assert (tmp_path / "back").read_bytes() == content
    mpremote(board.port, "fs", "rm", ":sent/text.txt")
    board.stop()
    with Image(board.flash) as image:
        assert image.files() == {"main.py": len(IDLE), "sent/deep/bytes.bin": len(content)}


def test_soft_reset_and_reset(board):
    mpremote(board.port, "exec", "import machine; machine.RTC().memory(b'kept')")
    since = len(board.events)
    mpremote(board.port, "soft-reset")
    board.wait_event("boot", since=since, cause=5)
    ask = "import machine; print(machine.reset_cause(), machine.RTC().memory())"
    assert mpremote(board.port, "resume", "exec", ask) == "5 b'kept'\n"
    since, lines = len(board.events), len(board.lines)
    mpremote(board.port, "reset")
    board.wait_event("boot", since=since, cause=2)
    board.wait_line("^main", since=lines)


@contextmanager
def wherry_board(*words, **environment):
    """Run `wherry board --json`; yield (process, port)."""
    command = [BIN / "wherry", "board", "--json", *words]
    environment = {**os.environ, **environment}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            yield process, json.loads(process.stdout.readline())["port"]
        finally:
            process.terminate()


def test_wherry_board_is_blank_and_leaves_nothing_behind(tmp_path):
    for ending in (signal.SIGINT, signal.SIGTERM):
        with wherry_board(TMPDIR=str(tmp_path)) as (process, port):
            assert mpremote(port, "exec", "import os; print(os.listdir('/'))") == "[]\n"
            (folder,) = tmp_path.iterdir()
            assert processes_of(folder)
            process.send_signal(ending)
            assert process.wait(10) == 0
        assert not processes_of(folder) and not list(tmp_path.iterdir())


def test_wherry_board_keeps_its_directory(tmp_path):
    for text, wanted in (
        ("with open('a', 'w') as file: file.write('b')", ""),
        ("print(open('a').read())", "b\n"),
    ):
        with wherry_board("--dir", tmp_path / "kept") as (_, port):
            assert mpremote(port, "exec", text) == wanted


def test_wherry_board_with_a_configuration_delivers_to_a_local_server(tmp_path):
    with Service() as service:
        config = {
            "node": {"name": "desk", "sample_every": "1 s", "send_every": "1 s"},
            "wifi": [{"ssid": "home", "password": "12345678"}],
            "uplink": [
                {
                    "kind": "harbor",
                    "endpoint": service.endpoint,
                    "api_key": service.api_key,
                    "ca": service.ca,
                }
            ],
            "sensor": [{"driver": "bme280"}],
        }
        (tmp_path / "node.toml").write_text(toml_text(config))
        with wherry_board("--config", tmp_path / "node.toml", TMPDIR=str(tmp_path)):
            end_s = time.monotonic() + 20
            while not service.store.channels() and time.monotonic() < end_s:
                time.sleep(0.05)
        names = {(each["device"], each["channel"]) for each in service.store.channels()}
        assert ("desk", "temperature") in names and ("desk", "node_boots") in names


# A board that runs the node.

SCALE = 10
WATCHDOG_S = 90


@pytest.fixture(scope="module")
def spine(tmp_path_factory):
    with Spine(tmp_path_factory.mktemp("spine"), SCALE) as running:
        running.start().drained()
        yield running


def test_exec_interrupts_the_node_and_the_watchdog_waits(spine):
    assert mpremote(spine.board.port, "exec", "import os; print(os.listdir('/data'))").startswith(
        "['"
    )
    # In the raw REPL the watchdog is not fed: its timeout must have been extended.
    spine.clock.sleep(WATCHDOG_S + 10)
    assert "42" in mpremote(spine.board.port, "resume", "exec", "print(6 * 7)")
    assert not [event for event in spine.board.events if event["event"] == "reset"]


def test_a_soft_reset_leaves_the_prompt_and_a_reset_starts_the_node(spine):
    # As on the chip: a soft reset out of the raw REPL does not run main.py.
    mpremote(spine.board.port, "soft-reset")
    assert "7" in mpremote(spine.board.port, "resume", "exec", "print(7)")
    since = spine.mark()
    mpremote(spine.board.port, "reset")
    spine.wait("row ", since=since)
    spine.drained()
    assert spine.settled()["delivered"] > 0
