"""Devices and boards as the page shows them: values, state, account, order and search."""

import pytest
from wherry_host.page import states
from wherry_host.page.account import served
from wherry_host.page.boards import Board, grouped
from wherry_host.page.fleet import Device, Fleet
from wherry_host.page.history import History, Point
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


def devices(*keys):
    """Return a Device for each (api, name), each of which has delivered a temperature."""
    return [Device(*key, {"temperature": Point(0, 1.0, S)}, Uploads((S,), S)) for key in keys]


def names(boards):
    return [board.name for board in boards]


def test_names_are_in_the_order_that_a_person_expects():
    found = ("node-10", "node-9", "Node-1", "9", "a", "node-9b", "")
    boards = grouped(devices(*(("harbor_v2", name) for name in found)))
    assert names(boards) == ["", "9", "a", "Node-1", "node-9", "node-9b", "node-10"]


def test_devices_with_the_same_name_are_one_board():
    (board,) = grouped(devices(("harbor_v1", "shed"), ("harbor_v2", "shed")))
    assert board.keys == [("harbor_v1", "shed"), ("harbor_v2", "shed")]


def test_the_uplinks_of_the_panel_are_one_board_with_any_names():
    uplinks = (("harbor_v2", "demo"), ("sensocan", "a1b2"), ("here", "HERE-1"))
    found = devices(("here", "HERE-1"), ("harbor_v2", "shed"), ("harbor_v2", "demo"))
    board, other = grouped(found, "demo", uplinks)
    assert (board.name, board.keys) == ("demo", [uplinks[0], uplinks[2]])
    assert other.name == "shed" and board.is_own and not other.is_own
    # Its first uplink need not be the one that has delivered.
    board, _ = grouped(found[:2], "demo", uplinks)
    assert board.keys == [uplinks[2]] and board.is_own
    # It is there before it has delivered.
    board, other = grouped(found[1:2], "demo", uplinks)
    assert board.keys == [uplinks[0]] and not board.devices[0].newest
    assert board.state(0) == ""


def test_search_text_finds_names_services_and_channels():
    boards = grouped(devices(("harbor_v2", "Node-1"), ("here", "node-9"), ("harbor_v2", "node-9")))
    for text, found in (
        ("NODE-1", ["Node-1"]), ("9 tracking", ["node-9"]), ("temper", ["Node-1", "node-9"]),
        ("node x", []), ("harbor_v2 9", ["node-9"]),
    ):  # fmt: skip
        assert names(b for b in boards if b.matches(text.lower().split())) == found, text


def test_a_board_has_the_state_of_its_worst_uplink():
    begins_us = tuple(i * 10 * S for i in range(9))
    early, late = begins_us[-1], begins_us[-1] + 25 * S
    good = Device("harbor_v2", "n", {"t": Point(late, 1, late)}, Uploads(begins_us, late))
    bad = Device("here", "x", {"t": Point(early, 1, early)}, Uploads(begins_us, early))
    board = Board("n", (good, bad))
    assert board.state(late) == "sampling" and board.state(late + 10 * S) == "overdue"
    assert board.state(late + 17 * S) == "silent" and board.seen is good
