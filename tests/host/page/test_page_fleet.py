"""Devices as the page shows them: newest values, counters, state and account."""

import pytest
from wherry_host.page import states
from wherry_host.page.account import served
from wherry_host.page.fleet import Device, Fleet, duration
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
    """Store {channel: value} taken at a second and delivered `delay` seconds later."""
    time_us = BEGIN_US + second * S
    points = [(device, channel, time_us, value) for channel, value in values.items()]
    store.add(api, points, time_us + delay * S)


def test_a_fleet_follows_the_file(store, history):
    fleet = Fleet(history)
    assert fleet.refresh() == set() and fleet.devices == {}
    deliver(store, 0, {"t": 20.5, "node_rssi": -61, "battery_voltage": 3.9})
    deliver(store, 0, {"t": 7}, api="sensocan")
    assert fleet.refresh() == {("harbor_v2", "n1"), ("sensocan", "n1")}
    assert fleet.refresh() == set()
    before = fleet.devices.get(("harbor_v2", "n1"))
    deliver(store, 5, {"t": 21, "node_clock_error_ms": 4})
    deliver(store, 3, {"t": 19}, delay=6)
    assert fleet.refresh() == {("harbor_v2", "n1")}
    device = fleet.devices.get(("harbor_v2", "n1"))
    assert device.newest["t"] == Point(BEGIN_US + 5 * S, 21, BEGIN_US + 6 * S)
    assert device.seen_us == BEGIN_US + 9 * S and device.newest_us == BEGIN_US + 5 * S
    assert (device.battery.value, device.rssi.value, device.clock_error_ms.value) == (3.9, -61, 4)
    assert device.channels == ["battery_voltage", "t"]
    assert fleet.count == 7
    # A device is never changed while it is shown.
    assert before.newest["t"].value == 20.5 and before.clock_error_ms is None
    assert fleet.devices.get(("harbor_v2", "n2")) is None


def test_a_fleet_that_starts_later_finds_the_same(store, history):
    early = Fleet(history)
    early.refresh()
    for second in range(0, 200, 10):
        for api in ("harbor_v2", "sensocan"):
            deliver(store, second, {"t": second, "node_waiting": 3}, api=api)
    early.refresh()
    later_history = History(store.path)
    later = Fleet(later_history)
    later.refresh()
    assert later.devices == early.devices and later.count == early.count == 80
    assert [device.interval_us for device in later.devices.values()] == [10 * S, 10 * S]
    later_history.close()


def test_a_fleet_far_behind_catches_up(store, history):
    fleet = Fleet(history)
    fleet.refresh()
    store.add("ttn", [("d", "c", i, i) for i in range(NEWS_MAX + 7)], 5)
    store.add("ttn", [("e", "c", 1, 1)], 6)
    assert fleet.refresh() == {("ttn", "d"), ("ttn", "e")}
    assert fleet.devices.get(("ttn", "d")).newest["c"].time_us == NEWS_MAX + 6
    assert fleet.refresh() == set() and fleet.count == NEWS_MAX + 8


def test_the_account_omits_counts_that_a_node_lacks():
    names = ("node_sampled", "node_set_aside", "node_boots", "sampled", "node_dropped")
    device = Device("ttn", "d", {name: Point(0, 5.0, 0) for name in names})
    assert device.account() == {"sampled": 5, "set_aside": 5, "dropped": 5}
    assert Device("ttn", "d", {"t": Point(0, 5.0, 0)}).account() == {}


def test_a_battery_is_any_channel_with_that_name():
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
        (every_10_s, 1, 0, "sampling"),
        (every_10_s, 17, 0, "sampling"),
        (every_10_s, 18, 0, "sending"),
        (every_10_s, 4000, 30, "sending"),
        (every_10_s, 1, 30, "sampling"),
        (every_10_s, 1, 31, "overdue"),
        (every_10_s, 4000, 31, "overdue"),
        (every_10_s, 1, 40, "overdue"),
        (every_10_s, 1, 41, "silent"),
        (every_10_s, 4000, 86_400, "silent"),
        ((last_us,), 1, 3600, "sampling"),
        # A first upload may or may not be late.
        ((last_us,), 4000, 3600, "sampling"),
        ((last_us,), 1, 3601, "silent"),
        # A clock ahead is not a backlog, and a server set back is not a silence.
        (every_10_s, -500, -50, "sampling"),
    ):
        newest = {"t": Point(last_us - delay_s * S, 1, last_us)}
        device = Device("a", "n", newest, Uploads(begins_us, last_us))
        assert states.state(device, last_us + later_s * S) == expected, (delay_s, later_s)


def test_an_account_never_counts_a_stored_reading_as_waiting(store, history):
    fleet = Fleet(history)
    for upload in range(3):
        # A node counts, then sends its waiting readings in two requests, with its counters.
        count_s = upload * 10 + 10
        for second in range(upload * 10, count_s):
            deliver(store, second, {"t": second, "h": second}, delay=count_s + 1 - second)
        sampled = 20 + 20 * upload
        reported = {"node_sampled": sampled, "node_waiting": 20, "node_delivered": sampled - 20}
        deliver(store, count_s, reported, delay=2)
    fleet.refresh()
    device = fleet.devices["harbor_v2", "n1"]
    assert device.account() == {"sampled": 60, "delivered": 40, "waiting": 20}
    assert served(device, history) == {"sampled": 60, "delivered": 60, "waiting": 0}
    # Two readings have not arrived: the server answered the second request with a fault.
    reported = {"node_sampled": 66, "node_waiting": 6, "node_delivered": 60}
    deliver(store, 40, reported, delay=1)
    for second in (36, 37):
        deliver(store, second, {"t": second, "h": second}, delay=41 - second)
    fleet.refresh()
    device = fleet.devices["harbor_v2", "n1"]
    assert served(device, history) == {"sampled": 66, "delivered": 64, "waiting": 2}


def test_durations():
    for seconds, text in (
        (-1, "0 s"), (0, "0 s"), (59, "59 s"), (60, "1 min"), (723, "12 min 3 s"),
        (3600, "1 h"), (7800, "2 h 10 min"), (86_400, "1 d"), (1_000_000, "11 d 13 h"),
    ):  # fmt: skip
        assert duration(seconds * S) == text
