"""A battery: its level, the charge that a node uses, and the days left."""

from support.config.changed_config import changed, lines
from wherry.config.check import check
from wherry.power.charge import AWAKE_AT, JOIN_AT, RADIO_AT, TIME_SIZE, WAITED_AT, count
from wherry.power.ledger import days_left, used_uah
from wherry.power.level import EMPTY, LOW, NORMAL, OFF, Level, key_of
from wherry.stage.memory import CHARGE_AT

HOUR_MS = 3600000
DAY_MS = 24 * HOUR_MS
# Currents in uA: asleep, running, waiting, radio on, joining.
CURRENTS = [20, 40000, 27000, 95000, 119700]


def busy(**hours):
    places = {"awake": AWAKE_AT, "waited": WAITED_AT, "radio": RADIO_AT, "join": JOIN_AT}
    content = bytearray(JOIN_AT + TIME_SIZE)
    for name, value in hours.items():
        count(content, places[name], value * HOUR_MS)
    return content


def test_each_time_has_its_current():
    cases = [
        (busy(), 24 * 20),
        (busy(awake=1), 23 * 20 + 40000),
        (busy(awake=3, waited=2), 21 * 20 + 40000 + 2 * 27000),
        (busy(awake=3, radio=2), 21 * 20 + 40000 + 2 * 95000),
        (busy(awake=4, waited=1, radio=2, join=1), 20 * 20 + 40000 + 27000 + 95000 + 119700),
        # A run that has not ended: its time with the radio on is counted, its time awake is not.
        (busy(radio=1, join=1), 24 * 20 + 119700),
    ]
    for content, uah in cases:
        assert used_uah(content, DAY_MS, CURRENTS) == uah


def test_times_add_up_over_years():
    content = busy()
    for _ in range(3):
        count(content, AWAKE_AT, 365 * DAY_MS)
    assert bytes(content[:CHARGE_AT]) == bytes(CHARGE_AT), "nothing else changes"
    assert used_uah(content, 3 * 365 * DAY_MS, CURRENTS) == 3 * 365 * 24 * 40000


def test_days_left_follow_the_charge_used_so_far():
    # The cell has 2,550 mAh and loses 1.5 mAh per day; the node uses 2.5 mAh per day.
    cell = [2550000, 1500]
    assert days_left(2500, DAY_MS - 1, cell) is None, "a first day is not like others"
    assert days_left(2500, DAY_MS, cell) == (2550000 - 4000) // 4000
    assert days_left(250000, 100 * DAY_MS, cell) == (2550000 - 400000) // 4000
    assert days_left(2550000, 100 * DAY_MS, cell) == 0
    assert days_left(9999999, 100 * DAY_MS, cell) == 0, "empty, and more was used than there was"


def test_only_a_battery_has_a_capacity():
    battery = changed("power", {"source": "battery", "capacity_mah": 2600})
    assert check(battery)["power"]["capacity_mah"] == 2600
    assert lines(changed("power", {"capacity_mah": 2600})) == [
        '[power]: capacity_mah: 2600; give source = "battery", or remove this key'
    ]
    taken = {"driver": "bme280", "names": {"temperature": "node_mah"}}
    assert "the node's own channel" in lines(changed("sensor", taken))[0]


EMPTY_MV = 3400
# (level before, readings, level after)
AFTER = (
    (NORMAL, [3450], NORMAL), (NORMAL, [3449], LOW), (NORMAL, [3400], LOW),
    (NORMAL, [3399], EMPTY), (LOW, [3549], LOW), (LOW, [3550], NORMAL),
    (EMPTY, [3450], EMPTY), (EMPTY, [3549], EMPTY), (EMPTY, [3550], NORMAL),
    (OFF, [3000], OFF), (OFF, [3549], OFF), (OFF, [3550], NORMAL),
    # The level changes only if all readings agree, and by the smallest change that any requires.
    (NORMAL, [3300, 3300, 3460], NORMAL), (NORMAL, [3300, 3420, 3300], LOW),
    (OFF, [3600, 3600, 3549], OFF), (EMPTY, [3600, 3550, 3700], NORMAL),
)  # fmt: skip


def at(level, sag_mv=0):
    battery = Level(bytes(6))
    battery.level, battery.sag_mv = level, sag_mv
    return battery


def test_a_level_changes_at_its_threshold_and_back_at_a_higher_one():
    for level, readings, expected in AFTER:
        assert at(level).after(readings, EMPTY_MV) == expected, (level, readings)


def test_the_sag_of_an_upload_raises_every_level():
    for level, readings, expected in AFTER:
        raised = [mv + 120 for mv in readings]
        assert at(level, 120).after(raised, EMPTY_MV) == expected, (level, readings)
    battery = at(NORMAL)
    for mv, sag_mv in ((3400, 0), (3280, 120), (3900, 0), (2000, 300)):
        battery.note_load(mv, EMPTY_MV)
        assert battery.sag_mv == sag_mv


def test_the_voltage_is_measured_every_10_min_for_an_hour_then_every_hour():
    battery = at(EMPTY)
    waits = [battery.wait_ms() // 60_000 for _ in range(300)]
    assert waits == [10] * 6 + [60] * 294
    assert (battery.level, battery.waits) == (OFF, 255)


def test_another_divider_or_threshold_has_another_key():
    divider = {"adc_pin": 34, "ratio_milli": 2000}
    others = (
        (3401, divider),
        (3400, dict(divider, adc_pin=35)),
        (3400, dict(divider, ratio_milli=1)),
    )
    keys = [key_of(EMPTY_MV, divider)] + [key_of(*other) for other in others]
    assert all(keys) and len(set(keys)) == 4
