"""Single drivers with answers, values and settings that a healthy chip of theirs never has."""

import pytest
from chip_wires import MEASUREMENT_SPECIALTIES, SENSIRION
from sensor_wires import SensorWires

HEATED = SENSIRION.word(0x2010)


def example(answer):
    """Return the humidity in section 6 of the SHT21 data sheet, or a temperature."""
    return MEASUREMENT_SPECIALTIES.word(0x6352 if answer[1] & 2 else 0x683C)


# Kind, size of the answers that are altered, their alteration, what the measurement gives.
ANSWERS = [
    ("aht20", 7, lambda a: bytes((a[0] | 0x80,)) + a[1:], "not ready"),
    ("aht20", 7, lambda a: bytes((a[0] & ~0x08,)) + a[1:], "not calibrated"),
    ("aht20", 7, lambda a: bytes(7), "not calibrated"),
    (
        "si7021", 3, lambda a: bytes(3),
        [[0, "temperature: out of range"], [1, "humidity: wrong status bits"]],
    ),
    ("si7021", 3, example, [[0, 2470], [1, 4249]]),
    ("sht3x", 3, lambda a: HEATED, "the heater was on"),
    ("sht3x", 3, lambda a: bytes(3), "status: wrong CRC"),
    ("sht3x", 6, lambda a: bytes(6), "wrong CRC"),
    ("sht4x", 6, lambda a: bytes(6), "serial number: wrong CRC"),
    ("bh1750", 2, lambda a: b"\xff\xff", [[0, "illuminance: saturated"]]),
    ("bh1750", 2, lambda a: b"\xff\xfe", [[0, 546117]]),
    ("bh1750", 2, lambda a: b"\x83\x90", [[0, 280667]]),
    ("ds3231", 5, lambda a: b"\x3c" + a[1:], "not ready"),
    ("ds3231", 5, lambda a: a[:4] + b"\x01", "no data"),
    ("ds3231", 5, lambda a: a[:1] + b"\x10" + a[2:], "no data"),
    ("ds3231", 5, lambda a: a[:3] + b"\x55\x40", [[0, "temperature: out of range"]]),
    ("ds3231", 5, lambda a: a[:3] + b"\xe7\x40", [[0, -2475]]),
]  # fmt: skip
COLD, WET, DRY = -44, 104, -3
OUT_OF_RANGE = [0, "temperature: out of range"]
# Kind, quantities, what the measurement gives: a text may withhold one of two values.
VALUES = [
    ("aht20", (COLD, 100), [OUT_OF_RANGE, [1, 10000]]),
    ("aht20", (86, 0), [OUT_OF_RANGE, [1, 0]]),
    ("si7021", (COLD, WET), [OUT_OF_RANGE, [1, 10000]]),
    ("si7021", (127, DRY), [OUT_OF_RANGE, [1, 0]]),
    ("sht3x", (COLD, WET), [OUT_OF_RANGE, [1, 10000]]),
    ("sht3x", (126, DRY), [OUT_OF_RANGE, [1, 0]]),
    ("sht4x", (COLD, WET), [OUT_OF_RANGE, [1, 10000]]),
    ("sht4x", (126, DRY), [OUT_OF_RANGE, [1, 0]]),
    ("ds3231", (COLD,), [OUT_OF_RANGE]),
    ("ds3231", (-0.25,), [[0, -25]]),
    ("bh1750", (70_000,), [[0, "illuminance: saturated"]]),
]


@pytest.fixture
def wires(tmp_path, request):
    return SensorWires(tmp_path, request.param)


def of(*kinds):
    return pytest.mark.parametrize("wires", kinds, indirect=True)


@pytest.mark.parametrize("wires, size, alter, expected", ANSWERS, indirect=["wires"])
def test_an_odd_answer_gives_its_reason(wires, size, alter, expected):
    wires.after = lambda answer: alter(answer) if len(answer) == size else answer
    assert wires.measured(True) == expected
    wires.heal()
    assert [type(value) for _, value in wires.measured(True)] == [int] * len(wires.steps)


@pytest.mark.parametrize("wires, quantities, expected", VALUES, indirect=["wires"])
def test_what_is_beyond_the_range_is_withheld_or_the_limit(wires, quantities, expected):
    wires.set_quantities(quantities)
    assert wires.measured(True) == expected


@of("aht20")
def test_a_chip_without_calibration_is_initialized_once(wires):
    wires.measured(True)
    assert [written for written, *_ in wires.transfers] == ["", "be0800", "ac3300", ""]
    wires.measured(True)
    assert [written for written, *_ in wires.transfers] == ["", "ac3300", ""]


@of("aht20")
def test_an_aht10_has_its_own_command_and_no_crc(wires):
    wires.options["model"] = "aht10"
    wires.renew()
    wires.after = lambda answer: answer[:6]
    assert len(wires.measured(True)) == 2
    assert [each[:2] for each in wires.transfers[1:]] == [("e10800", 0), ("ac3300", 0), ("", 6)]


@of("aht20")
def test_a_chip_that_is_busy_at_the_first_use_is_reset(wires):
    wires.transfer(b"\xac\x33\x00")
    wires.fault = "stuck"
    assert wires.measured(True) == "not ready" and wires.transfers[-1][0] == "ba"
    wires.fault = None
    assert len(wires.measured(True)) == 2


# Kind, a setting of another program, the read that shows it, what it shows after a first use.
SETTINGS = [
    ("si7021", b"\xe6\x85", b"\xe7", b"\x3a"),
    ("bh1750", b"\x44", b"", None),
    ("bh1750", b"\x6a", b"", None),
    ("sht3x", b"\x30\x6d", b"\xf3\x2d", SENSIRION.word(0x8010)),
]


@pytest.mark.parametrize("wires, setting, shown, expected", SETTINGS, indirect=["wires"])
def test_settings_of_another_program_are_undone(wires, setting, shown, expected):
    wires.transfer(setting)
    found = wires.measured(True)
    if found == "the heater was on":
        found = wires.measured(True)
    values = [value * 10 ** -wires.driver.CHANNELS[index][2] for index, value in found]
    assert values == pytest.approx(list(wires.truth().values()), abs=0.1)
    if shown:
        assert wires.transfer(shown, len(expected)) == expected


@of("ds3231")
def test_the_settings_of_a_clock_stay(wires):
    wires.transfer(b"\x0e\x05")
    wires.transfer(b"\x0f\x00")
    assert len(wires.measured(True)) == 1
    assert wires.transfer(b"\x0e", 3) == b"\x05\x00\x00"


@of("ds3231")
def test_a_conversion_that_runs_is_awaited(wires):
    wires.set_quantities([20])
    wires.transfer(b"\x0e\x3c")
    wires.now -= 1_000_000
    wires.set_quantities([30])
    assert wires.measured(True) == [[0, 3000]]
    assert [written for written, *_ in wires.transfers] == ["0e", "0e", "0e3c", "0e"]
