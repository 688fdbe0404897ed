"""Derived channels: compared with published tables and other formulas, at limits, in a node."""

import math

from support.node.check import raises
from support.sampling.script import Script, section
from wherry.config.check import ConfigError
from wherry.sampling.derived import FORMULAS, Derived


def derived(typed, script):
    """Return the sensor that firmware/boot/assemble.py creates from a typed section."""
    altitude, entries = typed["derive"]
    return Derived(script, len(typed["channels"]) - len(entries), altitude, entries)


def of(name, first, second, altitude_m=0):
    """Return the unrounded value of a formula."""
    return FORMULAS[name](first, second, altitude_m * 1_000_000)


def saturation_pa(celsius):
    """Return the vapour pressure over water: Hyland and Wexler, ASHRAE Fundamentals, 1.6."""
    t = celsius + 273.15
    return math.exp(
        -5.8002206e3 / t + 1.3914993 - 4.8640239e-2 * t + 4.1764768e-5 * t * t
        - 1.4452093e-8 * t * t * t + 6.5459673 * math.log(t)
    )  # fmt: skip


def test_the_vapour_pressure_at_the_dew_point_is_saturated():
    worst = 0
    for tenths in range(-400, 601, 50):
        for percent in (3, 10, 25, 50, 75, 95, 100):
            celsius = tenths / 10
            found = of("dew_point", celsius, percent)
            if found < -45:
                continue
            low, high = -100.0, celsius + 1
            while high - low > 1e-4:
                middle = (low + high) / 2
                if saturation_pa(middle) < saturation_pa(celsius) * percent / 100:
                    low = middle
                else:
                    high = middle
            worst = max(worst, abs(found - low))
    print("dew point: at worst %.3f K off" % worst)
    assert worst < 0.1


def test_the_absolute_humidity_follows_the_ideal_gas_law():
    worst = 0
    for celsius in range(-40, 61, 5):
        for percent in (1, 20, 50, 100):
            expected = saturation_pa(celsius) * percent / 100 / 461.5 / (celsius + 273.15) * 1000
            worst = max(worst, abs(of("absolute_humidity", celsius, percent) / expected - 1))
    print("absolute humidity: at worst %.2f %% off" % (worst * 100))
    assert worst < 0.004


def test_the_heat_index_matches_the_table_of_the_weather_service():
    # The chart of the National Weather Service: °F, %, °F.
    for fahrenheit, percent, expected in (
        (80, 40, 80), (80, 85, 85), (84, 60, 88), (86, 85, 102), (90, 40, 91), (90, 70, 106),
        (94, 50, 103), (96, 65, 121), (100, 40, 109), (100, 55, 124), (104, 45, 124),
        (110, 40, 136), (82, 90, 91), (88, 90, 113),
    ):  # fmt: skip
        found = of("heat_index", (fahrenheit - 32) / 1.8, percent) * 1.8 + 32
        assert abs(found - expected) < 1.3, (fahrenheit, percent, found)
    # In cool air the heat index is near the temperature.
    for celsius in range(0, 25, 5):
        assert abs(of("heat_index", celsius, 50) - celsius) < 2.6, celsius


def test_the_sea_level_pressure_matches_the_standard_atmosphere():
    # ICAO Doc 7488: metres, °C, hPa.
    for altitude_m, celsius, hpa in (
        (0, 15, 1013.25), (-500, 18.25, 1074.78), (500, 11.75, 954.61), (1000, 8.5, 898.75),
        (2000, 2.0, 794.95), (4000, -11.0, 616.40), (9000, -43.5, 307.42),
    ):  # fmt: skip
        found = of("sea_level_pressure", celsius, hpa, altitude_m)
        assert abs(found - 1013.25) < 0.1, (altitude_m, found)
    # The air temperature is wrong by 10 K.
    for altitude_m, hpa, at_most in ((100, 1001.3, 0.45), (1000, 898.75, 4.5)):
        warm = of("sea_level_pressure", 20, hpa, altitude_m)
        assert at_most * 0.7 < of("sea_level_pressure", 10, hpa, altitude_m) - warm < at_most


def test_derived_channels_follow_those_of_the_driver():
    names = ["dew_point", "sea_level_pressure"]
    typed = section(
        "bme280", derive=names, altitude_m=112.5, prefix="a_", names={"dew_point": "dew"},
        decimals={"humidity": 0}, offset={"temperature": -0.5},
    )  # fmt: skip
    assert [channel[0] for channel in typed["channels"]] == [
        "a_temperature", "a_humidity", "a_pressure", "a_dew", "a_sea_level_pressure",
    ]  # fmt: skip
    assert typed["channels"][3][1:] == ("°C", 2) and typed["channels"][4][1:] == ("hPa", 2)
    assert typed["derive"][0] == 112_500_000
    # Inputs are the values that the node sends: humidity has no decimals.
    script = Script([(0, 2150), (1, 46), (2, 100000)], wait_ms=7)
    sensor = derived(typed, script)
    assert sensor.start(True) == 7 and script.starts == [True]
    dew, sea = of("dew_point", 21.5, 46), of("sea_level_pressure", 21.5, 1000.0, 112.5)
    assert sensor.read() == [
        (0, 2150), (1, 46), (2, 100000),
        (3, math.floor(dew * 100 + 0.5)), (4, math.floor(sea * 100 + 0.5)),
    ]  # fmt: skip


def test_channels_without_an_input_are_left_out_and_undefined_values_are_withheld():
    typed = section("bme280", derive=["dew_point", "heat_index"])
    for readings, expected in (
        ([(0, 2000), (2, 5)], []), ([(0, "temperature: wrong CRC"), (1, 5)], []),
        ([(0, 2000), (1, 0)], [(3, "dew_point: no humidity"), (4, 190)]),
        ([(0, 6001), (1, 50)], [(3, "dew_point: no formula for this temperature"),
                                (4, "heat_index: no formula for this temperature")]),
        ([(0, -4501), (1, 50)], [(3, "dew_point: no formula for this temperature"),
                                 (4, "heat_index: no formula for this temperature")]),
        ([(0, 2000), (1, 10000)], [(3, 2000), (4, 200)]),
    ):  # fmt: skip
        sensor = derived(typed, Script(readings))
        sensor.start(True)
        found = sensor.read()
        assert found[: len(readings)] == readings
        assert found[len(readings) :] == expected or readings[1] == (1, 10000), found
    assert abs(found[2][1] - 2000) <= 1
    sensor = derived(typed, Script(30, [(0, 2000)]))
    assert [sensor.read(), sensor.read()] == [30, [(0, 2000)]]


def test_a_derived_channel_needs_its_inputs():
    error = raises(ConfigError, lambda: section("battery", derive=["dew_point"]))
    assert "derive: dew_point: needs temperature" in str(error)
