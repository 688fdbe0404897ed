"""The charge that a node uses, from its times and its board's currents; and the days left."""

from support.config.changed_config import changed, lines
from wherry.config.check import check
from wherry.power.charge import AWAKE_AT, JOIN_AT, RADIO_AT, TIME_SIZE, WAITED_AT, count
from wherry.power.ledger import days_left, used_uah
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
