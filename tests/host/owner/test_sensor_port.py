"""`wherry scan` and `wherry check --read`: sensors of a connected board, docs/boards.md."""

import subprocess

import pytest
import trustme
from support.config.plain_node import WITHOUT_SENSORS
from support.places import BIN
from wherry_host.errors import DeployError
from wherry_host.install import target_port
from wherry_host.install.target_port import PortTarget
from wherry_host.virtual.board import VirtualBoard
from wherry_host.virtual.image import Image

DEVICES = [
    {"kind": "bme280", "address": 0x77},
    {"kind": "sht3x", "address": 0x45},
    {"kind": "dht", "pin": 4},
    {"kind": "lis3dh"},
    {"kind": "bh1750", "wires": [33, 32]},
]
SENSORS = """
[[sensor]]
driver = "bme280"
address = 0x77
derive = ["dew_point"]
[[sensor]]
driver = "lis3dh"
[[sensor]]
driver = "sht3x"
address = 0x45
prefix = "f_"
scale = { temperature = 1.8 }
offset = { temperature = 32 }
unit = { temperature = "°F" }
[[sensor]]
driver = "dht"
pin = 4
prefix = "dht_"
"""
ABSENT = '[[sensor]]\ndriver = "sht4x"\naddress = 0x44\nprefix = "none_"\n'


@pytest.fixture(scope="module")
def board(tmp_path_factory):
    folder = tmp_path_factory.mktemp("board")
    with VirtualBoard(folder, flash_size=1 << 20, weather_speed=0, devices=DEVICES) as made:
        yield made


def wherry(*arguments):
    """Return the lines on standard output of a command, and its exit code."""
    command = [BIN / "wherry", *arguments, "--board", "virtual"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert not done.stderr, done.stderr
    return done.stdout.splitlines(), done.returncode


def read(board, folder, sensors):
    """Return the lines about the sensors of a board, and the exit code."""
    (folder / "roots.pem").write_bytes(trustme.CA().cert_pem.bytes())
    (folder / "node.toml").write_text(WITHOUT_SENSORS + 'ca = "roots.pem"\n' + sensors)
    config = folder / "node.toml"
    (first, *lines), code = wherry("check", "--config", config, "--read", board.port)
    assert first.startswith(f"{config} is right for virtual: ")
    return lines, code


def test_each_sensor_is_read_once_and_the_flash_stays(board, tmp_path):
    with Image(board.flash) as image:
        before = image.files()
    lines, code = read(board, tmp_path, SENSORS)
    with Image(board.flash) as image:
        assert image.files() == before
    truth = {(each["device"], each["channel"]): each["value"] for each in board.truth}
    warm, damp = truth["sht3x", "temperature"], truth["sht3x", "humidity"]
    assert code == 0 and len(lines) == 4
    assert lines[0].startswith("sensor 1 (bme280): temperature ") and ", dew_point " in lines[0]
    assert lines[1] == "sensor 2 (lis3dh): a fast sensor is not read here"
    shown = lines[2].removeprefix("sensor 3 (sht3x): ").split(", ")
    assert [each.split()[0] for each in shown] == ["f_temperature", "f_humidity"]
    assert abs(float(shown[0].split()[1]) - (warm * 1.8 + 32)) < 0.02 and shown[0][-3:] == " °F"
    assert abs(float(shown[1].split()[1]) - damp) < 0.01
    assert lines[3].startswith("sensor 4 (dht): dht_temperature ")


def test_a_missing_sensor_has_its_reason(board, tmp_path):
    lines, code = read(board, tmp_path, SENSORS + ABSENT)
    assert code == 1 and lines[-1] == "sensor 5 (sht4x at 0x44): no answer"


def test_a_scan_names_the_drivers_and_the_toml(board):
    lines, code = wherry("scan", board.port)
    assert code == 0
    text = "\n".join(lines)
    assert "i2c0 (SCL 22, SDA 21): 3 devices\n  0x18  lis3dh (ST LIS3DH)\n" in text
    assert "  0x77  bme280 (Bosch BME280)\ni2c1 (SCL 33, SDA 32): 1 device\n" in text
    assert '\n[[sensor]]\ndriver = "bme280"\nbus = "i2c0"\naddress = 0x77' in text
    assert '# 0x45: keep one of these.\n[[sensor]]\ndriver = "sht3x"' in text
    assert '\n[[sensor]]\ndriver = "bh1750"\nbus = "i2c1"' in text


class Newer(PortTarget):
    """A tool whose code needs a feature that an old MicroPython lacks."""

    OWN_CODE = "import module_of_a_later_version"


def test_an_old_micropython_is_named_before_a_tools_own_code_runs(board, monkeypatch):
    monkeypatch.setattr(target_port, "VERSION_MIN", (9, 0))
    with pytest.raises(DeployError, match=r"runs MicroPython 1\.\d+; flash 9\.0 or newer"):
        Newer(board.port)
