"""One reading from several measurements: the median, the mean, the extremes."""

from support.node.check import raises
from support.sampling.script import Script, adjusted, section
from wherry.config.check import ConfigError
from wherry.sampling.sampler import Sampler
from wherry.sampling.several import Several

BATTERY = "battery_voltage"


def several(typed, script):
    """Return the sensor that firmware/board/sensing.py creates from a typed section."""
    count, is_mean, has_extremes, pause_ms = typed["several"]
    names = [channel[0] for channel in typed["channels"]]
    names = names[: len(names) // 3] if has_extremes else names
    sensor = Several(script, names, count, is_mean, has_extremes, pause_ms)
    return adjusted(typed, sensor) if "adjust" in typed else sensor


def read(typed, values):
    """Return the reading of a battery's measurements."""
    sensor = several(typed, Script(*[[(0, value)] for value in values]))
    assert sensor.start(True) == 0
    for _ in values[1:]:
        assert sensor.read() == 0
    return sensor.read()


def test_the_median_of_several_measurements_is_one_reading():
    typed = section("battery", median=5)
    assert typed["several"] == [5, False, False, 0] and "adjust" not in typed
    script = Script(*[[(0, value)] for value in (5, 900, 4, 3, 6, 0)], wait_ms=7)
    sampler, waits = Sampler([("battery", several(typed, script), 1)], print), []
    for expected in (5, 0):
        del waits[:]
        sampler.sample(lambda: sum(waits), waits.append)
        assert sampler.rows == [(1, [expected])] and waits == [8] * 5
    assert script.starts == [True] + [False] * 9


def test_the_mean_is_rounded_once():
    assert read(section("battery", mean=3), (1, 2, 2)) == [(0, 2)]
    assert read(section("battery", mean=2), (-1, -2)) == [(0, -1)]
    # Four decimals of a volt are finer than the converter's millivolts.
    assert read(section("battery", mean=4, decimals=4), (3300, 3301, 3301, 3301)) == [(0, 33008)]


def test_extremes_are_separate_channels():
    typed = section("battery", mean=3, extremes=True, name="wind", unit="m/s", prefix="roof_")
    names = ["roof_wind", "roof_wind_min", "roof_wind_max"]
    assert typed["channels"] == [(name, "m/s", 3) for name in names]
    assert read(typed, (7, 1, 10)) == [(0, 6), (1, 1), (2, 10)]
    typed = section("battery", median=3, extremes=True)
    assert [each[0] for each in typed["channels"]] == [BATTERY, BATTERY + "_min", BATTERY + "_max"]
    assert read(typed, (7, 1, 10)) == [(0, 7), (1, 1), (2, 10)]
    typed = section("bme280", mean=2, extremes=True, names={"humidity": "rh", "humidity_max": "h"})
    assert [each[0] for each in typed["channels"]] == [
        "temperature", "rh", "pressure", "temperature_min", "temperature_max", "rh_min", "h",
        "pressure_min", "pressure_max",
    ]  # fmt: skip
    sensor = several(typed, Script([(0, 4), (1, 5), (2, 6)], [(0, 2), (1, 9), (2, 6)]))
    sensor.start(True), sensor.read()
    assert sorted(sensor.read()) == [
        (0, 3), (1, 7), (2, 6), (3, 2), (4, 4), (5, 5), (6, 9), (7, 6), (8, 6),
    ]  # fmt: skip


def test_extremes_use_the_calibration_and_the_limits_of_their_channel():
    typed = section("battery", mean=2, extremes=True, scale=2, offset=1, max=9)
    assert read(typed, (1000, 3000)) == [(0, 5000), (1, 3000), (2, 7000)]
    withheld = BATTERY + "_max: above max"
    assert read(typed, (1000, 5000)) == [(0, 7000), (1, 3000), (2, withheld)]
    # The scale is inverted: the lowest voltage means the wettest soil.
    typed = section("battery", mean=2, extremes=True, name="wet", points=[[1, 100], [3, 0]])
    found = {typed["channels"][i][0]: value for i, value in read(typed, (1000, 2000))}
    assert found == {"wet": 75_000, "wet_min": 50_000, "wet_max": 100_000}


def test_a_channel_is_withheld_if_half_of_its_measurements_are():
    typed = section("bme280", median=3, offset={"temperature": 1})
    bad = "temperature: wrong CRC"
    for first, expected in (
        ((1, 2, 9), 102), ((1, bad, 9), 101), ((bad, bad, 9), bad), ((bad, bad, bad), bad),
    ):  # fmt: skip
        sensor = several(typed, Script(*[[(0, value), (2, 5)] for value in first]))
        assert sensor.start(True) == 0
        assert [sensor.read(), sensor.read()] == [0, 0]
        # The humidity has not been measured.
        assert sensor.read() == [(0, expected), (2, 5)], first
    sensor = several(typed, Script([(1, 5)], [(2, 5)], [(2, 6)]))
    sensor.start(True)
    sensor.read(), sensor.read()
    assert sensor.read() == [(1, "humidity: missing"), (2, 5)]
    # The other channels have the mean.
    bad = BATTERY + ": too noisy"
    typed = section("battery", mean=3, extremes=True)
    assert read(typed, (10, bad, 21)) == [(0, 16), (1, 10), (2, 21)]
    assert read(typed, (10, bad, bad)) == [(0, bad)]


def test_a_driver_with_several_steps_repeats_them_for_each_measurement():
    typed = section("battery", median=3)
    script = Script(30, [(0, 1)], 20, [(0, 3)], 30, [(0, 2)], wait_ms=4)
    sensor = several(typed, script)
    assert sensor.start(True) == 4
    assert [sensor.read() for _ in range(6)] == [30, 4, 20, 4, 30, [(0, 2)]]


def test_a_pause_is_between_the_measurements():
    for wait_ms, waits in ((0, [100, 100]), (7, [100, 7, 100, 7])):
        script = Script(*[[(0, value)] for value in (1, 2, 3)], wait_ms=wait_ms)
        sensor = several(section("battery", mean=3, pause="100 ms"), script)
        assert sensor.start(True) == wait_ms
        found = []
        readings = sensor.read()
        while type(readings) is int:
            found.append(readings)
            readings = sensor.read()
        assert (found, readings) == (waits, [(0, 2)])
    # A failure ends a reading; the next one starts over.
    script = Script([(0, 1)], [(0, 8)], [(0, 9)])
    sensor = several(section("battery", mean=2, pause="100 ms"), script)
    sensor.start(True)
    assert sensor.read() == 100
    sensor.start(True)
    assert sensor.read() == 100 and script.starts == [True, True]


def test_several_measurements_are_refused_for_sensors_without_them():
    for driver, options, words in (
        ("battery", {"mean": 3, "median": 3}, "mean: with median; keep one of them"),
        ("battery", {"extremes": True}, "extremes: without mean or median; give mean = 10, or"),
        ("battery", {"pause": "1 s"}, "pause: without mean or median; give mean = 10, or remove"),
        ("battery", {"mean": 50, "pause": "10 s"}, "pause: 10 s, 49 times; give a shorter one"),
        ("pulse", {"pin": 4, "mean": 3}, "mean: on a counter; remove it"),
        ("pulse", {"pin": 4, "median": 3}, "median: on a counter; remove it"),
    ):
        found = str(raises(ConfigError, lambda d=driver, given=options: section(d, **given)))
        assert "[[sensor]] 1: " + words in found, found
