"""Nodes as the page groups them: boards with their uplinks, their order, and the search."""

from wherry_host.page.boards import Board, grouped
from wherry_host.page.fleet import Device
from wherry_host.page.history import Point
from wherry_host.page.uploads import Uploads

S = 1_000_000


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
