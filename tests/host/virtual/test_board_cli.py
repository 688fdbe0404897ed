"""The commands for boards: their output and exit code."""

import pytest
from support import places
from typer.testing import CliRunner
from wherry_host.cli.commands import app

EXAMPLE = str(places.EXAMPLE)


def run(*arguments):
    result = CliRunner().invoke(app, arguments)
    return result.exit_code, result.stdout, result.stderr


def test_a_valid_configuration():
    code, out, err = run("check", "--config", EXAMPLE)
    assert (code, err) == (0, "") and "is right for esp32_generic" in out


def test_boards_are_listed():
    code, out, _ = run("boards")
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert code == 0 and len(lines) == 17
    assert "firebeetle_esp32 esp32 FireBeetle ESP32 (DFR0478) i2c0, gps 10 µA" in lines
    assert "esp32_s2_saola esp32s2 ESP32-S2-Saola-1 i2c0, gps" in lines


def test_sensors_are_listed():
    code, out, _ = run("sensors")
    lines = out.splitlines()
    assert code == 0
    assert "bme280   I2C 0x76, 0x77        temperature (°C), humidity (%), pressure (hPa)" in lines
    assert "bh1750   I2C 0x23, 0x5c        illuminance (lx)" in lines
    assert "dht      a pin                 temperature (°C), humidity (%)" in lines
    assert any(line.startswith("gps      UART gps") for line in lines)


# (arguments, the text on standard error)
WRONG = (
    (("check", "--config", "none.toml"), "none.toml: No such file or directory; correct the path"),
    (("check", "--config", EXAMPLE, "--board", "x"), 'there is no board "x"; the boards are: '),
    (("deploy", "/dev/none", "--config", EXAMPLE), "there is no port /dev/none"),
    (("flash", "/dev/none", "--image", "none.bin"), "there is no port /dev/none"),
)


@pytest.mark.parametrize(("arguments", "expected"), WRONG)
def test_errors_are_lines_and_exit_code_1(arguments, expected):
    code, out, err = run(*arguments)
    assert (code, out) == (1, "") and expected in err and "Traceback" not in err
