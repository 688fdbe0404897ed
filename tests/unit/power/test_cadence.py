"""The cadence: levels and their limits, and how a configuration's text is parsed."""

from support.config.cadence_text import TEXT, power
from support.config.changed_config import lines
from wherry.config.check import check
from wherry.power.cadence import level_at

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
