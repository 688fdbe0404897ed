"""A sensor's options for its values: offset, scale, decimals, limits, unit."""

import random

from support.node.check import raises
from support.sampling.script import Script, adjusted, section
from wherry.config.check import ConfigError


def one(typed, value):
    """Return the adjusted value of the first channel."""
    sensor = adjusted(typed, Script([(0, value)]))
    sensor.start(True)
    ((index, found),) = sensor.read()
    assert index == 0
    return found


def test_name_unit_and_decimals_come_from_the_section():
    typed = section("battery", name="soil", unit="%", decimals=1, prefix="bed_")
    assert typed["channels"] == [("bed_soil", "%", 1)]
    # 3.456 V with one decimal.
    assert one(typed, 3456) == 35 and one(typed, 3449) == 34 and one(typed, -50) == 0
    typed = section("bme280", unit={"pressure": "mbar"}, decimals={"pressure": 0, "humidity": 1})
    assert typed["channels"] == [
        ("temperature", "°C", 2), ("humidity", "%", 1), ("pressure", "mbar", 0),
    ]  # fmt: skip
    sensor = adjusted(typed, Script([(0, 2150), (1, 4565), (2, 101349)]))
    sensor.start(True)
    assert sensor.read() == [(0, 2150), (1, 457), (2, 1013)]


def test_a_value_is_scaled_and_then_moved():
    for options, value, expected in (
        ({"offset": -0.5}, 3456, 2956), ({"offset": 0.0005}, 3456, 3457),
        ({"scale": 2}, 3456, 6912), ({"scale": -1}, 3456, -3456),
        ({"scale": 0.001, "decimals": 5}, 3456, 346),
        ({"scale": 2, "offset": 1}, 3456, 7912), ({"scale": 1.8, "offset": 32}, 21500, 70700),
        ({"scale": 100, "offset": -50.25, "decimals": 2}, 1234, 7315),
        ({"scale": 1000000, "offset": 1000000000}, 1, 1000001000000),
    ):  # fmt: skip
        assert one(section("battery", **options), value) == expected, options


def test_two_points_define_a_line():
    for points in ([[2.8, 0], [1.2, 100]], [[1.2, 100.0], [2.8, 0.0]]):
        typed = section("battery", points=points)
        for value, expected in ((2800, 0), (1200, 100000), (2000, 50000), (3600, -50000)):
            assert one(typed, value) == expected
    assert one(section("battery", points=[[0, -40], [3, 60]], decimals=1), 1000) == -67
    # One third is rounded only once.
    assert one(section("battery", points=[[0, 0], [3, 1]]), 1000) == 333
    pair = {"temperature": [[0, 0.5], [100, 99.5]]}
    sensor = adjusted(section("bme280", points=pair), Script([(0, 5000), (1, 1), (2, 2)]))
    sensor.start(True)
    assert sensor.read() == [(0, 5000), (1, 1), (2, 2)]


def test_points_that_do_not_define_a_line_are_refused():
    for options, words in (
        ({"points": [[1, 0], [1, 100]]}, "a list of 2; give two pairs [measured, true]"),
        ({"points": [[1, 0]]}, "a list of 1; give two pairs"),
        ({"points": [1, 2]}, "give two pairs"),
        ({"points": [[1, 0], [2, "3"]]}, "give two pairs"),
        ({"points": [[1, 5], [2, 5]]}, "two equal values; give two others"),
        ({"points": [[1, 5], [2, 6]], "scale": 2}, "with scale or offset; keep one of them"),
        ({"points": [[1, 5], [2, 6]], "offset": 2}, "with scale or offset; keep one of them"),
    ):
        found = str(raises(ConfigError, lambda given=options: section("battery", **given)))
        assert words in found and found.startswith("[[sensor]] 1: points"), found


def test_a_value_is_rounded_to_the_nearest():
    seed = random.getrandbits(30)
    print("seed", seed)
    random.seed(seed)
    for _ in range(300):
        scale_millionths = random.choice((1, -1)) * random.randint(1, 3_000_000)
        offset_millionths = random.randint(-9_000_000, 9_000_000)
        decimals, value = random.randint(0, 6), random.randint(-9_999, 99_999)
        options = {"scale": scale_millionths / 1e6, "offset": offset_millionths / 1e6}
        typed = section("battery", decimals=decimals, **options)
        found = value if "adjust" not in typed else one(typed, value)
        # In 10 ** -9 of the channel's unit: twice the error is at most one step of the decimals.
        exact = scale_millionths * value + offset_millionths * 1000
        assert abs(2 * (found * 10 ** (9 - decimals) - exact)) <= 10 ** (9 - decimals), (
            seed, options, decimals, value, found,
        )  # fmt: skip


def test_a_value_outside_its_limits_is_withheld():
    typed = section("battery", min=3.0, max=4.2)
    below, above = "battery_voltage: below min", "battery_voltage: above max"
    for value, expected in (
        (3000, 3000), (2999, below), (4200, 4200), (4201, above), (0, below), (-1, below),
    ):  # fmt: skip
        assert one(typed, value) == expected, value
    # The limits apply to the result, not to the chip's value.
    typed = section("battery", scale=100, min=0, name="soil")
    assert one(typed, -1) == "soil: below min" and one(typed, 0) == 0
    typed = section("battery", max=-0.0005)
    assert one(typed, -1) == -1 and one(typed, 0) == above


def test_values_withheld_by_a_driver_stay_withheld():
    typed = section("bme280", offset={"humidity": 3}, min={"temperature": -40})
    sensor = adjusted(typed, Script([(0, 5), (1, "humidity: wrong CRC"), (2, 7)], wait_ms=9))
    assert sensor.start(False) == 9
    assert sensor.read() == [(0, 5), (1, "humidity: wrong CRC"), (2, 7)]
