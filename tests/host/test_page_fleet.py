"""Devices as the page shows them: newest values, counters, state, order and search."""

import pytest
from wherry_host.page.fleet import Device, Fleet, duration, moment
from wherry_host.page.history import NEWS_MAX, History, Point
from wherry_host.page.uploads import Uploads
from wherry_host.server.store import Store

S = 1_000_000
BEGIN_US = 1_790_812_800 * S


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "a.db")
    yield store
    store.close()


@pytest.fixture
def history(store):
    history = History(store.path)
    yield history
    history.close()


def deliver(store, second, values, device="n1", api="harbor_v2", delay=1):
    """Store {channel: value} taken at a second and delivered so many seconds later."""
    time_us = BEGIN_US + second * S
    points = [(device, channel, time_us, value) for channel, value in values.items()]
    store.add(api, points, time_us + delay * S)


def test_a_fleet_follows_the_file(store, history):
    fleet = Fleet(history)
    assert fleet.refresh() == set() and fleet.devices() == []
    deliver(store, 0, {"t": 20.5, "node_rssi": -61, "battery_voltage": 3.9})
    deliver(store, 0, {"t": 7}, api="sensocan")
    assert fleet.refresh() == {("harbor_v2", "n1"), ("sensocan", "n1")}
    assert fleet.refresh() == set()
    before = fleet.get(("harbor_v2", "n1"))
    deliver(store, 5, {"t": 21, "node_clock_error_ms": 4})
    deliver(store, 3, {"t": 19}, delay=6)
    assert fleet.refresh() == {("harbor_v2", "n1")}
    device = fleet.get(("harbor_v2", "n1"))
    assert device.newest["t"] == Point(BEGIN_US + 5 * S, 21, BEGIN_US + 6 * S)
    assert device.seen_us == BEGIN_US + 9 * S and device.newest_us == BEGIN_US + 5 * S
    assert (device.battery.value, device.rssi.value, device.clock_error_ms.value) == (3.9, -61, 4)
    assert device.channels == ["battery_voltage", "t"]
    assert fleet.count == 7
    # A device is never changed under the hands of who shows it.
    assert before.newest["t"].value == 20.5 and before.clock_error_ms is None
    assert fleet.get(("harbor_v2", "n2")) is None


def test_a_fleet_that_comes_later_knows_the_same(store, history):
    early = Fleet(history)
    early.refresh()
    for second in range(0, 200, 10):
        for api in ("harbor_v2", "sensocan"):
            deliver(store, second, {"t": second, "node_waiting": 3}, api=api)
    early.refresh()
    later_history = History(store.path)
    later = Fleet(later_history)
    later.refresh()
    assert later.devices() == early.devices() and later.count == early.count == 80
    assert [device.interval_us for device in later.devices()] == [10 * S, 10 * S]
    later_history.close()


def test_a_fleet_far_behind_catches_up(store, history):
    fleet = Fleet(history)
    fleet.refresh()
    store.add("ttn", [("d", "c", i, i) for i in range(NEWS_MAX + 7)], 5)
    store.add("ttn", [("e", "c", 1, 1)], 6)
    assert fleet.refresh() == {("ttn", "d"), ("ttn", "e")}
    assert fleet.get(("ttn", "d")).newest["c"].time_us == NEWS_MAX + 6
    assert fleet.refresh() == set() and fleet.count == NEWS_MAX + 8


def test_the_account_leaves_out_what_a_node_does_not_count():
    names = ("node_sampled", "node_set_aside", "node_boots", "sampled", "node_dropped")
    device = Device("ttn", "d", {name: Point(0, 5.0, 0) for name in names})
    assert device.account() == {"sampled": 5, "set_aside": 5, "dropped": 5}
    assert Device("ttn", "d", {"t": Point(0, 5.0, 0)}).account() == {}


def test_a_battery_is_any_channel_that_says_so():
    for names, found in (
        (("t",), None),
        (("Battery_mV", "t"), "Battery_mV"),
        (("a_battery", "battery_voltage"), "battery_voltage"),
        (("z_battery", "b_battery"), "b_battery"),
    ):
        newest = {name: Point(0, i, 0) for i, name in enumerate(names)}
        assert Device("ttn", "d", newest).battery == (newest[found] if found else None), names


def test_states():
    every_10_s = tuple(BEGIN_US + i * 10 * S for i in range(9))
    last_us = every_10_s[-1]
    for begins_us, delay_s, later_s, expected in (
        (every_10_s, 1, 0, ("sampling", "")),
        (every_10_s, 17, 0, ("sampling", "")),
        (every_10_s, 18, 0, ("waiting", "18 s behind")),
        (every_10_s, 4000, 39, ("waiting", "1 h 6 min behind")),
        (every_10_s, 1, 40, ("sampling", "")),
        (every_10_s, 1, 41, ("silent", "since 00:01:20")),
        (every_10_s, 4000, 86_400, ("silent", "since 2026-10-01 00:01")),
        ((last_us,), 1, 3600, ("sampling", "")),
        # Of a first upload nobody knows whether it came late.
        ((last_us,), 4000, 3600, ("sampling", "")),
        ((last_us,), 1, 3601, ("silent", "since 00:01:20")),
        # A clock ahead is no backlog, and a server set back no silence.
        (every_10_s, -500, -50, ("sampling", "")),
    ):
        newest = {"t": Point(last_us - delay_s * S, 1, last_us)}
        device = Device("a", "n", newest, Uploads(begins_us, last_us))
        assert device.state(last_us + later_s * S) == expected, (delay_s, later_s)


def test_names_are_in_the_order_that_a_person_expects(store, history):
    fleet = Fleet(history)
    for name in ("node-10", "node-9", "Node-1", "9", "a", "node-9b", ""):
        deliver(store, 0, {"t": 1}, device=name)
        fleet.refresh()
    deliver(store, 0, {"humidity": 1}, device="node-9", api="ttn")
    fleet.refresh()
    assert [device.name for device in fleet.devices()] == [
        "", "9", "a", "Node-1", "node-9", "node-9", "node-9b", "node-10",
    ]  # fmt: skip
    for text, count in (("", 8), ("NODE-1", 2), ("9 ttn", 1), ("humid", 1), ("node x", 0)):
        assert len(fleet.find(text)) == count, text
    assert {device.state(BEGIN_US)[0] for device in fleet.devices()} == {"sampling"}


def test_durations_and_moments():
    for seconds, text in (
        (-1, "0 s"), (0, "0 s"), (59, "59 s"), (60, "1 min"), (723, "12 min 3 s"),
        (3600, "1 h"), (7800, "2 h 10 min"), (86_400, "1 d"), (1_000_000, "11 d 13 h"),
    ):  # fmt: skip
        assert duration(seconds * S) == text
    assert moment(BEGIN_US, BEGIN_US + S) == "00:00:00"
    assert moment(BEGIN_US - S, BEGIN_US) == "2026-09-30 23:59"
