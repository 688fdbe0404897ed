"""Single drivers with answers, values and settings that a healthy chip never has."""

import pytest
from support.sensors.chip_wires import MEASUREMENT_SPECIALTIES, SENSIRION
from support.sensors.sensor_wires import SensorWires
from wherry.sensors import ads1115

HEATED = SENSIRION.word(0x2010)


def example(answer):
    """Return the humidity in section 6 of the SHT21 data sheet, or a temperature."""
    return MEASUREMENT_SPECIALTIES.word(0x6352 if answer[1] & 2 else 0x683C)


# Kind, size of the answers to alter, the alteration, the measurement's result.
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
    ("scd4x", 9, lambda a: bytes(9), "serial number: wrong CRC"),
    ("scd4x", 3, lambda a: b"\0\0\x81", "not ready"),
    ("scd4x", 3, lambda a: bytes(3), "state: wrong CRC"),
    ("tmp117", 2, lambda a: b"\x11\x7f", "id 0x17f is not 0x117"),
    ("ads1115", 2, lambda a: b"\x80\x00", "does not keep its setting: not an ADS1115"),
    ("ina219", 2, lambda a: b"\x00\x00", "does not keep its setting: not an INA219"),
]  # fmt: skip
COLD, WET, DRY = -44, 104, -3
OVER = "analog%d: saturated"
CURRENT_OVER, POWER_OVER = "current: saturated", "power: saturated"
OUT_OF_RANGE = [0, "temperature: out of range"]
# Kind, quantities, the measurement's result: a reason may replace one of two values.
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
    ("scd4x", (0, 20, 50), [[0, "co2: not measured"], [1, 2000], [2, 5000]]),
    ("scd4x", (500, COLD, WET), [[0, 500], [1, "temperature: out of range"], [2, 10000]]),
    ("tmp117", (-0.0078125,), [[0, -1]]),
    ("tmp117", (151,), [OUT_OF_RANGE]),
    ("ads1115", (1, 5, -0.5, 0.2567), [[0, 10000], [1, OVER % 1], [2, -5000], [3, 2568]]),
    ("ads1115", (9, 0, -9, 0), [[0, OVER % 0], [1, 0], [2, OVER % 2], [3, 0]]),
    ("ina219", (12, 100.06, 0), [[0, 12000], [1, 1001], [2, 12012]]),
    ("ina219", (3.3, -0.3, 0), [[0, 3300], [1, -3], [2, -10]]),
    ("ina219", (12, 4000, 0), [[0, 12000], [1, CURRENT_OVER], [2, POWER_OVER]]),
    ("ina219", (12, -4000, 0), [[0, 12000], [1, CURRENT_OVER], [2, POWER_OVER]]),
    ("ina219", (40, 1, 0), [[0, "bus_voltage: saturated"], [1, 10], [2, POWER_OVER]]),
]


def test_a_crc_agrees_with_the_datasheets():
    assert SENSIRION.word(0xBEEF)[2] == 0x92
    assert MEASUREMENT_SPECIALTIES.word(0x683A)[2] == 0x7C


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
def test_a_value_out_of_range_is_withheld_or_the_limit(wires, quantities, expected):
    wires.set_quantities(quantities)
    assert wires.measured(True) == expected


@of("aht20")
def test_a_chip_without_calibration_is_initialized_once(wires):
    wires.measured(True)
    assert [written for written, *_ in wires.transfers] == ["", "be0800", "ac3300", ""]
    wires.measured(True)
    assert [written for written, *_ in wires.transfers] == ["", "ac3300", ""]


@of("aht20")
def test_an_aht10_has_its_own_command_and_lacks_a_crc(wires):
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


@of("ads1115")
def test_the_range_and_the_count_of_inputs_are_options(wires):
    wires.options |= {"range_mv": 256, "inputs": 2}
    wires.renew()
    wires.set_quantities([0.1234567, 0.2561, 0, 0])
    assert wires.measured(True) == [[0, 1235], [1, "analog1: saturated"]]
    assert ads1115.decode(0, b"\x40\x00", 6144) == 30720


@of("ads1115")
def test_a_failure_at_one_input_leaves_those_before_it(wires):
    wires.set_quantities([1, 2, 3, 4])
    wires.before = lambda number: setattr(wires, "fault", "nak" if number >= 6 else None)
    assert wires.measured(True) == [[0, 10000], [1, "analog1: no answer"]]


@of("scd4x")
def test_periodic_measurements_are_stopped_before_and_after(wires):
    wires.transfer(b"\x21\xb1")
    assert wires.measured(True) == "no answer" and len(wires.measured(True)) == 3
    assert [written for written, *_ in wires.transfers][-1] == "3f86"
    assert wires.transfer(b"\x36\x82", 3) == SENSIRION.word(0xF896)


@of("scd4x")
def test_a_stop_that_is_refused_leaves_the_values(wires):
    wires.set_quantities([500, 20, 50])
    wires.before = lambda number: setattr(wires, "fault", "nak" if number == 7 else None)
    values = [[0, 500], [1, 2000], [2, 5000]]
    assert wires.measured(True) == [*values, [0, "stop: no answer"]]
    wires.heal()
    assert wires.measured(True) == values


@of("scd4x")
def test_a_chip_with_a_slow_clock_is_asked_again(wires):
    wires.before = lambda number: setattr(wires, "fault", "stuck" if number < 5 else None)
    assert len(wires.measured(True)) == 3
    assert [written for written, *_ in wires.transfers[3:7]] == ["e4b8", "", "e4b8", ""]


@of("ina219")
def test_the_resistance_of_a_shunt_is_an_option(wires):
    wires.options["shunt_mohm"] = 30
    wires.renew()
    wires.set_quantities([10, 100, 0])
    # 10 mV are now 333.3 mA.
    assert wires.measured(True) == [[0, 10000], [1, 3333], [2, 33333]]


@of("ds3231")
def test_the_settings_of_a_clock_stay(wires):
    wires.transfer(b"\x0e\x05")
    wires.transfer(b"\x0f\x00")
    assert len(wires.measured(True)) == 1
    assert wires.transfer(b"\x0e", 3) == b"\x05\x00\x00"
