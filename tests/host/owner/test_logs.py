"""`wherry logs` on the port of a virtual board that runs the real firmware.

The board runs ten times as fast as the computer. Each case waits for events of the node; a command
that shows nothing ends by itself after LIMIT_S.
"""

import ast
import json
import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC

import pytest
from support.boards.spine import check_console
from typer.testing import CliRunner
from wherry_host import console_text
from wherry_host.cli.commands import app
from wherry_host.cli.logs import RowLog
from wherry_host.console_text import Sentence, readable, row_lines
from wherry_host.demo.rig import Rig
from wherry_host.errors import DeployError
from wherry_host.install.console_port import ConsolePort
from wherry_host.places import FIRMWARE, LIB

LIMIT_S = 120
# Leaves time for a deep sleep between two rows even on a slow computer.
BATTERY = {
    "node": {"name": "demo", "sample_every": "20 s", "send_every": "60 s"},
    "power": {"source": "battery"},
}
GONE = "the port is gone: the node sleeps, or the cable is out; waiting"
LINE = re.compile(r"\d\d:\d\d:\d\d  \S.*")


@contextmanager
def rig_with(folder, changes=None):
    """Yield a Rig whose node runs."""
    with Rig(folder, scale=10, config=changes) as rig:
        rig.deploy_image()
        rig.board.start()
        yield rig
        check_console(rig.board.console)


class Logs:
    """`wherry logs` as a process; `shown` are the lines of standard output that were read."""

    def __init__(self, port, *more):
        command = [sys.executable, "-u", "-m", "wherry_host.cli", "logs", str(port), *more]
        self.process = subprocess.Popen(
            ["env", "--default-signal=INT", *command, "--seconds", str(LIMIT_S)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.shown = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    def wait(self, words, stream=None):
        """Read lines of standard output, or of another stream, up to one that has these words."""
        while True:
            line = (stream or self.process.stdout).readline()
            assert line, (words, self.shown)
            if stream is None:
                self.shown.append(line.rstrip("\n"))
            if words in line:
                return

    def stop(self):
        """Press Ctrl-C; return (exit code, standard error)."""
        self.process.send_signal(signal.SIGINT)
        out, err = self.process.communicate()
        self.shown += out.splitlines()
        return self.process.returncode, err


def check_undisturbed(board):
    """Check that the node has started once, and that its rows have all numbers from 0 on."""
    rows = [row for _, row, _ in row_lines(board.lines)]
    assert rows == list(range(len(rows)))
    assert b"KeyboardInterrupt" not in board.console and b">>>" not in board.console
    ends = [event for event in board.events if event["event"] in ("reset", "crash", "cut")]
    assert ends == []


def test_a_node_that_sleeps_deeply_continues_to_be_shown(tmp_path):
    with rig_with(tmp_path, BATTERY) as rig, Logs(rig.board.port) as logs:
        for _ in range(3):
            since = len(rig.board.events)
            logs.wait("  stored row")
            rig.board.wait_event("sleep", since=since)
        logs.wait("  harbor: delivered ")
        assert logs.stop() == (0, "")
        check_undisturbed(rig.board)
    assert not [line for line in logs.shown if "the port" in line]
    assert all(LINE.fullmatch(line) for line in logs.shown), logs.shown


def test_a_port_that_vanishes_is_opened_again(tmp_path):
    port = tmp_path / "ttyACM0"
    with rig_with(tmp_path) as rig:
        os.symlink(rig.board.port, port)
        with Logs(port) as logs:
            logs.wait("  stored row")
            # The name is removed first: another program may get this pty next.
            port.unlink()
            rig.board.stop()
            logs.wait(GONE)
            rig.board.start()
            os.symlink(rig.board.port, port)
            logs.wait("  the port is back")
            logs.wait("  stored row")
            assert logs.stop() == (0, "")
    assert len([line for line in logs.shown if "the port" in line]) == 2
    assert all(LINE.fullmatch(line) for line in logs.shown), logs.shown


def test_json_has_each_line_and_a_port_may_come_later(tmp_path):
    port = tmp_path / "ttyACM0"
    with rig_with(tmp_path) as rig:
        with Logs(port, "--json") as logs:
            logs.wait(f"port {port} does not exist yet: waiting", logs.process.stderr)
            os.symlink(rig.board.port, port)
            logs.wait("delivered ")
            logs.wait("delivered ")
            code, err = logs.stop()
        # All lines up to now come before the answer.
        rig.board.status()
        printed = [words for _, text in rig.board.lines if (words := readable(text))]
    assert (code, err) == (0, "the port is ready\n")
    objects = [json.loads(line) for line in logs.shown]
    assert all(set(each) == {"time", "text"} for each in objects)
    # The first line may be cut: the node was printing it.
    texts = [each["text"] for each in objects][1:]
    count = len(texts)
    assert any(printed[at : at + count] == texts for at in range(len(printed) - count + 1))
    times = [each["time"] for each in objects]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", each) for each in times)


@pytest.mark.parametrize(("port", "words"), [
    ("", "there is no port without a name"),
    ("/dev/null", "/dev/null is not a serial port; give one such as /dev/ttyUSB0"),
    ("socket://127.0.0.1:9", "nothing answers at socket://127.0.0.1:9: check the address"),
])  # fmt: skip
def test_a_path_that_is_not_a_port_is_an_error_immediately(port, words):
    result = CliRunner().invoke(app, ["logs", port])
    assert (result.exit_code, result.stdout) == (1, "") and words in result.stderr


@pytest.fixture
def pty():
    """The descriptor of the board's end of a pty, and the name of the port."""
    ours, theirs = os.openpty()
    yield ours, os.ttyname(theirs)
    os.close(ours)
    os.close(theirs)


NOISE = b"\xff\xfe\x81\x00~\r\n\xf0\xf0\xf0\r\n\r\n"
RED, PLAIN = b"\x1b[0;31m", b"\x1b[0m"
TEXT = b"""\
ets Jun  8 2016 00:22:57
E (312) wifi: no calibration
  File "app.py", line 3, in run
OSError: 28
row 7: 4 readings
"""


def test_text_of_the_chip_is_shown_without_noise_and_nothing_is_sent(pty):
    board, name = pty
    first, second, *others = TEXT.splitlines(keepends=True)
    with ConsolePort(name, print) as console:
        with pytest.raises(DeployError, match="is busy: close the terminal, the other deploy or"):
            ConsolePort(name, print)
        os.write(board, first + NOISE + RED + second.strip() + PLAIN + b"\r\n" + b"".join(others))
        heard = ""
        for line in console.lines():
            heard += f"{words}\n" if (words := readable(line)) else ""
            if "row 7" in line:
                break
        os.set_blocking(board, False)
        with pytest.raises(BlockingIOError):
            os.read(board, 1)
    assert heard == TEXT.decode()


NIGHT_US = 1_795_219_199_000_000  # 2026-11-20T23:59:59Z

# (ms after NIGHT_US, line of the console)
LINES = (
    (0, "9.100 row 5: 4 readings"),
    (400, "9.500 rows 6 to 8: 12 readings"),
    (600, "9.700 row 9: 1 readings"),
    (700, "9.800 row 11: 4 readings"),
    (800, "9.900 harbor: delivered 12, 3 waiting"),
    (950, "10.000 row 12: 4 readings"),
    (1450, ""),
    (2000, "Traceback (most recent call last):"),
)


def test_rows_are_shown_together_within_half_a_second_and_a_new_date_is_shown():
    shown, clock_us = [], [NIGHT_US]
    log = RowLog(UTC, shown.append, lambda: clock_us[0])
    for after_ms, line in LINES:
        clock_us[0] = NIGHT_US + after_ms * 1000
        log.take(line)
    log.close()
    assert shown == [
        "23:59:59  stored rows 5–8, 16 readings",
        "23:59:59  stored row 9, 1 reading",
        "23:59:59  stored row 11, 4 readings",
        "23:59:59  harbor: delivered 12, 3 waiting",
        "23:59:59  stored row 12, 4 readings",
        "2026-11-21",
        "00:00:01  Traceback (most recent call last):",
    ]


# The sentences of the console are the ones that the node prints

SENTENCES = [each for each in vars(console_text).values() if isinstance(each, Sentence)]


def test_each_sentence_is_a_format_of_the_node():
    sources = [path for folder in (LIB, FIRMWARE) for path in folder.rglob("*.py")]
    nodes = [node for path in sources for node in ast.walk(ast.parse(path.read_text()))]
    printed = {node.value for node in nodes if isinstance(node, ast.Constant)}
    assert len(SENTENCES) == 8 and {each.form for each in SENTENCES} <= printed


@pytest.mark.parametrize("sentence", SENTENCES, ids=lambda each: each.form)
def test_a_line_gives_the_printed_values(sentence):
    fields = sentence.form.split("%")[1:]
    values = tuple(12 + i if form[0] == "d" else f"name-{i}" for i, form in enumerate(fields))
    text = sentence.form % values
    for line in (text, "7.204 " + text):
        assert sentence.read(line) == values
    for line in (text[:-1], "7.204 " + text[:3], ""):
        assert sentence.read(line) != values
