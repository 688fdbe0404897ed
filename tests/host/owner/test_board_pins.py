"""`wherry check` checks a configuration's pins by the tables of the chip and the board.

docs/boards.md, "Pins", has the rules.
"""

import pytest
import trustme
from support.config.wrong_files import PLAIN
from typer.testing import CliRunner
from wherry_host.cli.commands import app

BATTERY = '[power]\nsource = "battery"\nempty_mv = 0\n'
POWERED = 'power_pin = 4\nwarm_up = "1 s"'
ROM = 'rom = "28ff641e821604d%d"'
THIRD = 'driver = "dht:DHT22"\nsource = "frozen"\nchannels = { t = "temperature()" }'
AHT20, GPS, CELL = ('driver = "aht20"', 'driver = "gps"', 'driver = "battery"')


def sensor(*lines):
    return "[[sensor]]\n" + "\n".join(lines) + "\n"


def analog(pin):
    return sensor('driver = "analog"', f"pin = {pin}")


def wire(pin, *lines):
    return sensor('driver = "ds18b20"', f"pin = {pin}", *lines)


def echo(trigger, echo):
    return sensor('driver = "hcsr04"', f"trigger = {trigger}", f"echo = {echo}")


def pulse(pin):
    return sensor('driver = "pulse"', f"pin = {pin}")


# (board, sensors after the first one, None or the error after "[[sensor]] ")
ERRORS = (
    ("esp32_generic", analog(33), None),
    (
        "esp32_generic",
        analog(25),
        "2: pin: 25 on ADC2, which does not work while Wi-Fi is on; give one of 32-39",
    ),
    (
        "esp32_generic",
        wire(34),
        "2: pin: 34, an input only; give one of 4, 13-14, 16-19, 23, 25-27, 32-33",
    ),
    ("esp32_generic", wire(22), "2: pin: 22, scl of the bus i2c0; give one of "),
    # Only the buses that the configuration uses.
    ("esp32_generic", wire(17), None),
    ("esp32_generic", sensor(GPS) + wire(17), "3: pin: 17, tx of the bus gps; give one of "),
    (
        "esp32_generic",
        sensor(CELL) + analog(34),
        "3: pin: 34, the battery divider; give one of 32-33, 35-39",
    ),
    ("lolin_d32", wire(5), "2: pin: 5, the LED of lolin_d32; give one of "),
    ("ttgo_lora32", wire(18), "2: pin: 18, which ttgo_lora32 uses: LoRa select; give one of "),
    # Two sensors on one pin.
    (
        "esp32_generic",
        analog(32) + wire(32),
        "3: pin: 32, as [[sensor]] 2: pin; give each its own pin",
    ),
    ("esp32_generic", wire(4, ROM % 3) + wire(4, ROM % 4), None),
    ("esp32_generic", sensor(AHT20, POWERED) + wire(13, POWERED), None),
    (
        "esp32_generic",
        wire(4, POWERED),
        "2: power_pin: 4, as [[sensor]] 2: pin; give each its own pin",
    ),
    # Third-party drivers.
    ("esp32_generic", sensor(THIRD, "pin = 34"), None),
    (
        "esp32_generic",
        sensor(THIRD, 'arguments = ["pin 7", 3]'),
        "2: arguments: 7, a pin of the flash; give one of ",
    ),
    (
        "esp32_generic",
        sensor(THIRD, 'arguments = { data = "onewire 35" }'),
        "2: arguments: 35, an input only; give one of ",
    ),
    # An ultrasonic sensor's echo may be an input-only pin, its trigger must not.
    ("esp32_generic", echo(trigger=4, echo=34), None),
    ("esp32_generic", echo(34, 4), "2: trigger: 34, an input only; give one of "),
    # A pulse counter wakes a chip that sleeps, and is an input of one that does not.
    ("esp32_generic", pulse(23), None),
    ("esp32_generic", pulse(34) + BATTERY, None),
    (
        "esp32_generic",
        pulse(23) + BATTERY,
        "2: pin: 23, which cannot wake esp32; give one of 4, 13-14, 25-27, 32-39",
    ),
)
# (board, sensors after the first one, the warning after "[[sensor]] ")
WARNINGS = (
    (
        "esp32_generic",
        wire(12),
        "2: pin: 12, a strapping pin of esp32; see that nothing pulls it while esp32 starts, or "
        "give another\n",
    ),
    (
        "esp32_generic",
        wire(3),
        "2: pin: 3, a pin of UART 0; esp32 prints there when it starts: give another\n",
    ),
)


@pytest.fixture
def checked(tmp_path, monkeypatch):
    """Return a function of (board, sensors) to (exit code, standard error) of `wherry check`."""
    monkeypatch.chdir(tmp_path)
    trustme.CA().cert_pem.write_to_path("roots.pem")

    def run(board, sensors):
        first, *others = (PLAIN + sensors).split("[[sensor]]\n")
        # Two channels must not have the same name.
        named = (f'[[sensor]]\nprefix = "{i}_"\n{other}' for i, other in enumerate(others))
        (tmp_path / "node.toml").write_text(first + "".join(named))
        command = ["check", "--config", "node.toml", "--board", board]
        result = CliRunner().invoke(app, command)
        return result.exit_code, result.stderr

    return run


def test_a_pin_that_cannot_have_its_function_is_an_error(checked):
    for board, sensors, line in ERRORS:
        code, reported = checked(board, sensors)
        if line is None:
            assert (code, reported) == (0, ""), (board, sensors)
            continue
        assert code == 1 and reported.count("\n") == 1, (board, sensors, reported)
        place, _, words = reported.partition(": [[sensor]] ")
        assert place.startswith("node.toml, line ") and words.startswith(line), (line, reported)


def test_a_doubtful_pin_is_a_warning(checked):
    for board, sensors, line in WARNINGS:
        code, reported = checked(board, sensors)
        assert code == 0 and reported.count("\n") == 1, (board, sensors, reported)
        start, _, words = reported.partition(": [[sensor]] ")
        assert start.startswith("wherry: warning: node.toml, line "), reported
        assert words.startswith(line), (line, reported)
