"""The cadence: levels, windows of the day and the year, and how their texts are parsed."""

from support.config.cadence_text import TEXT, power
from support.config.changed_config import lines
from wherry.config.check import check
from wherry.power.cadence import level_at, times_of, window_at

LEVELS = [
    [4080, 4150, 60000, 60000, "usb"],
    [3750, 3850, 600000, 3600000, "high"],
    [3400, 3500, 3600000, 43200000, "low"],
]
# (level before, voltage, level after)
AFTER = (
    (0, 4080, 0), (0, 4079, 1), (0, 3749, 2), (0, 1000, 2),
    (1, 4149, 1), (1, 4150, 0), (1, 3750, 1), (1, 3749, 2),
    (2, 3399, 2), (2, 3849, 2), (2, 3850, 1), (2, 4149, 1), (2, 4150, 0),
)  # fmt: skip


def levels(**options):
    return check(power(**options))["power"]["cadence"]


def test_a_level_ends_at_its_lower_voltage_and_begins_again_at_its_higher_one():
    for before, mv, after in AFTER:
        assert level_at(LEVELS, before, mv) == after, (before, mv)


def test_configured_levels_have_the_voltages_of_the_chemistry():
    times = [[600000, 3600000, "high"], [900000, 10800000, "normal"], [3600000, 43200000, "low"]]
    for chemistry, limits, off_mv in (
        (None, [[3750, 3850], [3550, 3650], [3400, 3500]], 3400),
        ("li-ion", [[3750, 3850], [3550, 3650], [3400, 3500]], 3400),
        ("lifepo4", [[3250, 3300], [3150, 3220], [3000, 3100]], 3000),
        ("2xAA", [[2600, 2700], [2300, 2400], [2000, 2100]], 2000),
        ("3xAA", [[3900, 4050], [3450, 3600], [3000, 3150]], 3000),
    ):
        options = {"chemistry": chemistry} if chemistry else {}
        found = check(power(cadence=TEXT, **options))["power"]
        assert found["cadence"] == [a + b for a, b in zip(limits, times)], chemistry
        assert found["off_mv"] == off_mv


def test_levels_may_be_omitted_or_in_any_order_and_a_single_time_counts_twice():
    found = levels(cadence="critical:6h/1d;usb:1min")
    assert found == [[4080, 4150, 60000, 60000, "usb"], [0, 0, 21600000, 86400000, "critical"]]
    assert check(power(cadence="usb:1min"))["power"]["off_mv"] is None
    assert check(power())["power"] == {
        "source": "battery", "empty_mv": None, "cadence": None, "off_mv": None,
        "chemistry": "li-ion", "windows": None, "utc_offset_min": 0, "capacity_mah": None,
    }  # fmt: skip


def test_auto_stretches_the_times_of_node():
    raw = power(cadence="auto")
    raw["node"] = {"sample_every": "10 min", "send_every": "1 h"}
    found = check(raw)["power"]
    times = [[level[2] // 60000, level[3] // 60000, level[4]] for level in found["cadence"]]
    assert times == [[10, 60, "high"], [15, 180, "normal"], [60, 720, "low"]]
    assert found["off_mv"] == 3400
    raw["node"] = {"sample_every": "1 d", "send_every": "7 d"}
    found = check(raw)["power"]["cadence"]
    assert [level[2:4] for level in found] == [[86400000, 604800000]] * 3


def test_a_curve_replaces_single_voltages():
    found = levels(cadence=TEXT, curve="normal:3600/3700")
    assert [level[:2] for level in found] == [[3750, 3850], [3600, 3700], [3400, 3500]]
    assert levels(cadence="usb:1min", chemistry="2xAA", curve="usb:3300/3400")[0][:2] == [
        3300,
        3400,
    ]


def test_an_error_is_named_with_its_remedy():
    example = 'write it as "high:10min/1h; normal:15min/3h; low:1h/12h; critical:off"'
    curve = 'write it as "high:3750/3850; normal:3550/3650; low:3400/3500": falling/rising'
    two = "give two times from 10 s on, such as 10min/1h"
    for options, key, seen, remedy in (
        ({"cadence": "10min"}, "cadence", "10min", example),
        ({"cadence": "high:10min/1h;"}, "cadence", "high:10min/1h;", example),
        ({"cadence": "full:10min"}, "cadence", "full:10min", example),
        ({"cadence": "low:1h;low:2h"}, "cadence", "low:2h", example),
        ({"cadence": "critical:off"}, "cadence", "critical:off", example),
        ({"cadence": "high:ten"}, "cadence", "high:ten", two),
        ({"cadence": "high:9s"}, "cadence", "high:9s", two),
        ({"cadence": "high:10min/1h/3h"}, "cadence", "high:10min/1h/3h", two),
        ({"cadence": "high:10min/"}, "cadence", "high:10min/", two),
        (
            {"cadence": "high:1h/10min"}, "cadence", "high:1h/10min",
            "give a longer or equal time after the /",
        ),
        ({"cadence": "low:off"}, "cadence", "low:off", "only critical can be off"),
        (
            {"cadence": "usb:1min", "chemistry": "3xAA"}, "cadence", "usb:1min",
            "3xAA is not charged: remove usb, or give its voltages in `curve`",
        ),
        (
            {"cadence": "high:1h", "source": "mains"}, "cadence", "high:1h",
            'give source = "battery", or remove this key',
        ),
        (
            {"cadence": TEXT, "empty_mv": 0}, "empty_mv", "0",
            "remove it: critical:off needs the voltage",
        ),
        ({"curve": "high:1/2"}, "curve", "high:1/2", "give a cadence, or remove this key"),
        ({"cadence": TEXT, "curve": "high:3.7"}, "curve", "high:3.7", curve),
        ({"cadence": TEXT, "curve": "high:3800/3700"}, "curve", "high:3800/3700", curve),
        ({"cadence": TEXT, "curve": "critical:1/2"}, "curve", "critical:1/2", curve),
        (
            {"cadence": TEXT, "curve": "low:3600/3700"}, "curve", "low:3600/3700",
            "give lower levels lower voltages",
        ),
    ):  # fmt: skip
        expected = '[power]: %s: "%s"; %s' % (key, seen, remedy)
        assert lines(power(**options)) == [expected], options


def test_only_the_cadence_decides_when_an_uplink_sends():
    raw = power(cadence="high:10min/1h")
    raw["uplink"][0]["send_every"] = "2 h"
    reported = "[[uplink]] 1: send_every: 2 h; remove it: [power] cadence says when to send"
    assert lines(raw) == [reported]


NIGHT = [0, 1320, 360, 1800000, 21600000]
WINTER = [1, 12 * 32 + 1, 2 * 32 + 28, 3600000, 86400000]
NOON = [0, 720, 780, 600000, 600000]
TWO_LEVELS = [[3750, 3850, 600000, 3600000, "high"], [3400, 3500, 7200000, 43200000, "low"]]


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
        assert times_of(choice, TWO_LEVELS, windows) == expected, choice


def test_windows_are_times_of_the_day_or_of_the_year():
    texts = ["22:00-06:00 30min/6h", " 12-01..02-28  1 h / 1 d", "00:00-24:00 10min"]
    found = check(power(windows=texts, utc_offset_min=-300, cadence=TEXT))["power"]
    assert found["windows"] == [NIGHT, WINTER, [0, 0, 1440, 600000, 600000]]
    assert found["utc_offset_min"] == -300 and len(found["cadence"]) == 3


def test_without_a_cadence_the_times_of_node_apply_outside_windows():
    raw = power(windows=["22:00-06:00 30min/6h"])
    raw["node"] = {"sample_every": "5 min", "send_every": "20 min"}
    assert check(raw)["power"]["cadence"] == [[0, 0, 300000, 1200000, "node"]]


def test_an_error_of_a_window_is_named_with_its_remedy():
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
