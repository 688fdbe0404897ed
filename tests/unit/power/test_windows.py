"""Windows: times of the day and of the year with their own cadence."""

from support.config.cadence_text import TEXT, power
from support.config.changed_config import lines
from wherry.config.check import check
from wherry.power.cadence import times_of, window_at

NIGHT = [0, 1320, 360, 1800000, 21600000]
WINTER = [1, 12 * 32 + 1, 2 * 32 + 28, 3600000, 86400000]
NOON = [0, 720, 780, 600000, 600000]
LEVELS = [[3750, 3850, 600000, 3600000, "high"], [3400, 3500, 7200000, 43200000, "low"]]


def test_a_window_includes_its_first_minute_and_last_day_but_not_its_end_minute():
    for windows, minute, month, day, expected in (
        ([NIGHT], 1319, 6, 1, 0), ([NIGHT], 1320, 6, 1, 1), ([NIGHT], 0, 6, 1, 1),
        ([NIGHT], 359, 6, 1, 1), ([NIGHT], 360, 6, 1, 0),
        ([NOON], 719, 6, 1, 0), ([NOON], 720, 6, 1, 1), ([NOON], 779, 6, 1, 1),
        ([NOON], 780, 6, 1, 0),
        ([WINTER], 0, 11, 30, 0), ([WINTER], 0, 12, 1, 1), ([WINTER], 0, 1, 31, 1),
        ([WINTER], 0, 2, 28, 1), ([WINTER], 0, 2, 29, 0), ([WINTER], 0, 3, 1, 0),
        ([NOON, WINTER, NIGHT], 730, 1, 5, 1), ([NOON, WINTER, NIGHT], 10, 1, 5, 2),
        ([NOON, WINTER, NIGHT], 10, 7, 5, 3), ([], 10, 7, 5, 0),
    ):  # fmt: skip
        assert window_at(windows, minute, month, day) == expected, (windows, minute, month, day)


def test_the_longer_of_the_times_of_level_and_window_apply():
    windows = [NIGHT, WINTER]
    for choice, expected in (
        (0x01, (600000, 3600000)), (0x11, (1800000, 21600000)), (0x12, (7200000, 43200000)),
        (0x22, (7200000, 86400000)),
        # The choice is from another configuration, or has not been made yet.
        (0x00, None), (0x03, None), (0x31, None),
    ):  # fmt: skip
        assert times_of(choice, LEVELS, windows) == expected, choice


def test_windows_are_times_of_the_day_or_of_the_year():
    texts = ["22:00-06:00 30min/6h", " 12-01..02-28  1 h / 1 d", "00:00-24:00 10min"]
    found = check(power(windows=texts, utc_offset_min=-300, cadence=TEXT))["power"]
    assert found["windows"] == [NIGHT, WINTER, [0, 0, 1440, 600000, 600000]]
    assert found["utc_offset_min"] == -300 and len(found["cadence"]) == 3


def test_without_a_cadence_the_times_of_node_apply_outside_windows():
    raw = power(windows=["22:00-06:00 30min/6h"])
    raw["node"] = {"sample_every": "5 min", "send_every": "20 min"}
    assert check(raw)["power"]["cadence"] == [[0, 0, 300000, 1200000, "node"]]


def test_an_error_is_named_with_its_remedy():
    example = 'write it as "22:00-06:00 30min/6h", or with days as "12-01..02-28 1h/1d"'
    two = "give two times from 10 s on, such as 10min/1h"
    for window, remedy in (
        ("night 30min/6h", example), ("22:00-6:00 30min", example), ("22:00 30min", example),
        ("22:60-06:00 30min", example), ("24:01-06:00 30min", example),
        ("06:00-06:00 30min", example), ("13-01..02-28 1h", example),
        ("02-30..03-01 1h", example), ("12-01-02-28 1h", example),
        ("22:00-06:00", two), ("22:00-06:00 often", two),
        ("22:00-06:00 6h/1h", "give a longer or equal time after the /"),
    ):  # fmt: skip
        expected = '[power]: windows: "%s"; %s' % (window, remedy)
        assert lines(power(windows=[window])) == [expected], window
    expected = '[power]: windows: a list of 1; give source = "battery", or remove this key'
    assert lines(power(windows=["22:00-06:00 1h"], source="mains")) == [expected]
    remedy = 'give a list of 1 to 8 texts such as "22:00-06:00 30min/6h"'
    assert lines(power(windows="night")) == ['[power]: windows: "night"; ' + remedy]
