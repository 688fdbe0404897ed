"""The tools on Windows and macOS: each command is imported and run without Linux-only features.

other_system.py creates a process that looks like one of them to wherry's modules.
"""

import json
import os
import shutil
import subprocess
import sys

import pytest
import serial
from serial.tools.list_ports_common import ListPortInfo
from support.owner.commands import ALL
from support.places import DATA, EXAMPLE, ROOT
from wherry_host import systems
from wherry_host.install import ports
from wherry_host.install.console_port import ConsolePort

_PROGRAM = ROOT / "tests/support/boards/other_system.py"
COPY = DATA / "formats" / "0.2.0" / "data"
EXAMPLES = {"win32": "COM3", "darwin": "/dev/cu.usbserial-0001"}
ABSENT = {"win32": "COM77", "darwin": "/dev/cu.usbserial-77"}
TABLE = "time,ship_id,cargo_id,value\n2026-11-20T09:00:00Z,hut,temperature,21.5\n"
DRIVER = """
class Probe:
    def __init__(self, bus):
        self.bus = bus

    def read(self):
        return 1
"""
THIRD_PARTY = """
[[sensor]]
driver = "probe:Probe"
source = "path:probe.py"
channels = { level = "read()" }
"""
# Supply, board, node, Wi-Fi and server, at a port without a listener; then "n" instead of new
# answers.
ANSWERS = """

desk
garden
correct horse battery staple
harbor
https://127.0.0.1:9/api/v2/ingest/123
0123456789abcdef

n
"""


@pytest.fixture(scope="module", params=EXAMPLES)
def system(request):
    """The name of a system, as sys.platform has it there."""
    return request.param


@pytest.fixture
def folder(tmp_path):
    """A folder with a configuration, one with a third-party driver, a table and a copied /data."""
    shutil.copy(EXAMPLE, tmp_path / "node.toml")
    (tmp_path / "own.toml").write_text(EXAMPLE.read_text("utf-8") + THIRD_PARTY, "utf-8")
    (tmp_path / "probe.py").write_text(DRIVER)
    (tmp_path / "points.csv").write_text(TABLE)
    shutil.copytree(COPY, tmp_path / "copied" / "data")
    return tmp_path


def outcomes(system, folder, *commands):
    """Return [exit code, output, standard error] of each (command line, answers) in a folder."""
    done = subprocess.run(
        [sys.executable, _PROGRAM, system],
        input=json.dumps([(line.split(), answers) for line, answers in commands]),
        cwd=folder,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_command_has_its_help(system, tmp_path):
    helps = outcomes(system, tmp_path, *((" ".join([*words, "--help"]), "") for words in ALL))
    for words, (code, text, error) in zip(ALL, helps, strict=True):
        assert (code, error) == (0, "") and text.startswith("Usage: wherry"), words
    text = helps[ALL.index(("deploy",))][1]
    assert f"Serial port such as {EXAMPLES[system]}" in " ".join(text.split())


def test_commands_without_a_board_run(system, folder):
    wanted = {
        "check --config node.toml": "node.toml is right for esp32_generic (assumed;",
        "check --config own.toml": f"heap and time are not measured: {systems.NEEDS_LINUX}",
        "boards": "xiao_esp32s3",
        "sensors": "bme280",
        f"queue dump {folder / 'copied'} --json": '"state": "delivered"',
        "queue stats copied/data": "rows        360 with 762 readings",
        "ttn-payload --config node.toml": "function decodeUplink",
        "audit points.csv": "hut: cannot be audited",
    }
    found = outcomes(system, folder, *((line, "") for line in wanted))
    for (line, words), (code, text, error) in zip(wanted.items(), found, strict=True):
        assert code == (3 if line.startswith("audit") else 0), (line, text, error)
        assert words in text, (line, text, error)


def test_a_new_node_is_created(system, folder):
    line = "new --config fresh/node.toml"
    (folder / "fresh").mkdir()
    ((code, text, error),) = outcomes(system, folder, (line, ANSWERS))
    # No server answers at that address.
    assert code == 1 and "nothing is scanned" in text, (text, error)
    assert 'ssid = "garden"' in (folder / "fresh" / "node.toml").read_text("utf-8")


def test_a_wrong_port_is_an_error_that_names_the_remedy(system, folder):
    absent, example = ABSENT[system], EXAMPLES[system]
    wanted = {
        f"deploy {absent} --config node.toml": f"there is no port {absent}; ports here: ",
        f"queue stats {absent}": f"there is no port {absent}; ports here: ",
        f"queue flush {absent}": f"there is no port {absent}; ports here: ",
        f"flash {absent}": f"there is no port {absent}; ports here: ",
        f"scan {absent}": f"there is no port {absent}; ports here: ",
        "deploy node.toml": f"node.toml is not a serial port; give one such as {example}",
        "logs node.toml": f"node.toml is not a serial port; give one such as {example}",
        "queue stats nowhere": f"give a port such as {example}, a copy",
        "queue flush copied": f"give its port, such as {example}",
        "deploy": "no board at a USB port here",
    }
    found = outcomes(system, folder, *((line, "") for line in wanted))
    for (line, words), (code, text, error) in zip(wanted.items(), found, strict=True):
        assert (code, text) == (1, "") and words in error, (line, text, error)


def test_logs_waits_for_a_port_that_may_appear(system, folder):
    line = f"logs {ABSENT[system]} --seconds 1 --utc"
    ((code, text, error),) = outcomes(system, folder, (line, ""))
    assert (code, error) == (0, "")
    assert text[8:] == f"  port {ABSENT[system]} does not exist yet: waiting\n"


def test_a_virtual_board_is_refused_in_one_line(system, folder):
    lines = "demo --no-page", "board", "board --dir kept"
    for line, outcome in zip(lines, outcomes(system, folder, *((e, "") for e in lines))):
        name = line.split()[0]
        assert outcome == [2, "", f"wherry: error: wherry {name}: {systems.NEEDS_LINUX}\n"]
    assert not (folder / "kept").exists()


def test_a_year_on_micropython_is_refused_in_one_line(system, folder):
    (outcome,) = outcomes(system, folder, ("year --engine vm", ""))
    remedy = "it needs Linux (on Windows: WSL); use --engine cpython"
    assert outcome == [1, "", f"wherry: error: --engine vm: {remedy}\n"]


@pytest.fixture
def windows(monkeypatch):
    """This process as one on Windows with the port COM3, as seen by ports.py."""
    entry = ListPortInfo("COM3", skip_link_detection=True)
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(ports, "comports", lambda: [entry])


# (port, its fault or None)
PORTS = (
    ("COM3", None),
    ("com3", None),
    (r"\\.\COM3", None),
    ("socket://127.0.0.1:1", None),
    ("COM4", "there is no port COM4; ports here: COM3; check the cable"),
    ("/dev/ttyUSB0", "/dev/ttyUSB0 is not a serial port; give one such as COM3"),
    ("", '"" is not a serial port; give one such as COM3'),
    ("COM", "COM is not a serial port; give one such as COM3"),
)


@pytest.mark.parametrize(("port", "fault"), PORTS)
def test_a_port_of_windows_is_not_a_file(windows, tmp_path, monkeypatch, port, fault):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "COM4").write_text("a file, not a port")
    assert ports.port_fault(port) == fault
    assert ports.is_absent(port) == (port == "COM4")


# (error of pyserial on Windows, words of ours)
FAULTS = (
    ("could not open port 'COM3': PermissionError(13, 'Access is denied.', None, 5)", "is busy: "),
    ("could not open port 'COM3': OSError(22, 'A device is gone', None, 433)", "check the cable"),
)


@pytest.mark.parametrize(("error", "words"), FAULTS)
def test_a_port_of_windows_that_does_not_open_has_its_reason(windows, monkeypatch, error, words):
    def refuse(*_, **__):
        raise serial.SerialException(error)

    monkeypatch.setattr(serial, "Serial", refuse)
    assert words in ports.open_fault("COM3")
    monkeypatch.setattr(serial, "serial_for_url", refuse)
    with pytest.raises(ports.DeployError, match=words):
        ConsolePort("COM3", print)


def test_output_into_a_pipe_is_utf8_on_windows():
    program = (
        "import sys, typer; sys.path.insert(0, sys.argv.pop(1)); import other_system\n"
        "other_system.become('win32'); from wherry_host.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, _PROGRAM.parent, "boards"],
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr
    assert "µA" in done.stdout.decode("utf-8")
