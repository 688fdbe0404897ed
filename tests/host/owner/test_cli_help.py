"""The help of every command, `--version`, and `boards --json` and `sensors --json` for scripts."""

import json
import os
import subprocess
import sys

import pytest
from support.owner.commands import ALL, COMMANDS
from typer.testing import CliRunner
from wherry import VERSION
from wherry_host.cli.commands import app
from wherry_host.config import boards, drivers

WIDTH = 80
# (option, how its help begins everywhere)
SAME = (
    ("--config", "The node's TOML file"),
    ("--json", "JSON"),
    ("--csv", "Print CSV"),
    ("--scale", "Clock speed; 1 is real time."),
    ("--db", "Database file to keep."),
    ("--page-port", "Port of the page; by default a free one, 8080 with --host."),
)


def reported(*words):
    """Return (exit code, output, standard error) of a command line."""
    result = CliRunner().invoke(app, words)
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture(autouse=True)
def narrow(monkeypatch):
    """A terminal of 80 columns."""
    monkeypatch.setenv("COLUMNS", str(WIDTH))


@pytest.mark.parametrize("command", ALL, ids=" ".join)
def test_every_help_is_plain_and_fits_a_terminal(command):
    code, text, errors = reported(*command, "--help")
    assert (code, errors) == (0, "") and reported(*command, "-h") == (code, text, errors)
    assert text.startswith(" ".join(("Usage: wherry", *command, "[OPTIONS]")))
    assert text.isascii() and max(map(len, text.splitlines())) <= WIDTH
    # A summary is complete, and shows no name of a Python type.
    assert "..." not in text.replace("]...", "") and "<str>" not in text and "list[" not in text
    assert "-h, --help" in text


def test_commands_are_listed_in_the_order_of_a_new_user():
    code, text, _ = reported("-h")
    lines = [line[2:] for line in text.partition("Commands:\n")[2].splitlines()]
    names = [line.split()[0] for line in lines if line[:1].strip()]
    assert code == 0 and tuple(names) == COMMANDS


def test_an_option_has_the_same_help_everywhere():
    for command in ALL:
        text = reported(*command, "--help")[1]
        # An entry of several lines counts as one.
        entries = [" ".join(entry.split()) for entry in text.split("\n  -")]
        for option, words in SAME:
            for entry in entries:
                name, _, rest = f"-{entry}".partition(" ")
                if name == option:
                    assert words in rest, (command, entry)


def test_the_version_and_without_a_command_the_help_are_printed():
    assert reported("--version") == (0, f"wherry {VERSION}\n", "")
    assert reported() == (2, reported("--help")[1], "")
    assert reported("queue") == (2, reported("queue", "--help")[1], "")


def test_the_program_prints_the_same_as_the_commands():
    for words in (("demo", "-h"), ("board", "--scale", "0")):
        done = subprocess.run(
            [sys.executable, "-m", "wherry_host.cli", *words],
            capture_output=True,
            text=True,
            env={**os.environ, "COLUMNS": str(WIDTH)},
        )
        code, text, errors = reported(*words)
        # The runner's terminal is two columns wider.
        assert (done.returncode, done.stdout.split()) == (code, text.split()), words
        assert done.stderr == errors, words


def test_boards_as_json_are_the_boards_of_the_text():
    code, text, errors = reported("boards", "--json")
    found = json.loads(text)
    assert (code, errors) == (0, "") and [each["board"] for each in found] == boards.names()
    lines = reported("boards")[1].splitlines()
    for line, each in zip(lines, found, strict=True):
        assert line.startswith(f"{each['board']} ") and each["chip"] in line
        assert ", ".join(each.get("buses", ())) in line
        assert (f"{each['sleep_current_ua']} µA" in line) == (each["sleep_current_ua"] is not None)
    firebeetle = next(each for each in found if each["board"] == "firebeetle_esp32")
    i2c = {"i2c": 0, "scl": 22, "sda": 21, "freq_hz": 100000, "soft": False}
    assert firebeetle["buses"]["i2c0"] == i2c and firebeetle["sleep_current_ua"] == 10
    assert firebeetle["image"].startswith("ESP32_GENERIC-<date>-v1.29.0.bin")


def test_sensors_as_json_have_their_options():
    code, text, errors = reported("sensors", "--json")
    found = {each["driver"]: each for each in json.loads(text)}
    assert (code, errors) == (0, "") and list(found) == drivers.names()
    bme280 = found["bme280"]
    assert bme280["wiring"] == "I2C 0x76, 0x77"
    assert bme280["channels"][0] == {"name": "temperature", "unit": "°C", "decimals": 2}
    assert bme280["options"] == [
        {"name": "bus", "type": "bus", "required": False, "default": "i2c0"},
        {"name": "address", "type": "int", "required": False, "default": 0x76,
         "min": 0x76, "max": 0x77},
    ]  # fmt: skip
    assert found["bh1750"]["options"][1]["choices"] == [0x23, 0x5C]
    pin, model = found["dht"]["options"]
    assert pin == {"name": "pin", "type": "pin", "required": True, "default": None}
    assert (model["default"], model["choices"]) == ("dht22", ["dht11", "dht22"])
    debounce = next(each for each in found["pulse"]["options"] if each["name"] == "debounce")
    assert (debounce["default"], debounce["max"], debounce["unit"]) == (50, 5000, "ms")
