"""Marks of the charts: outages of a demo's board, restarts by a node's health, failed requests."""

from types import SimpleNamespace

from support.server.page_store import open_store
from wherry_host.demo.outages import Outages
from wherry_host.page.fleet import Fleet
from wherry_host.page.marks import (
    MARKS_MAX,
    RESTARTS_MAX,
    Mark,
    refusals,
    restarts_of,
    within,
)

S = 1_000_000
KEY = ("harbor_v2", "n")


def board_of(*events):
    """Return a board with these events: (name, second), or ("wifi", second, up)."""
    found = []
    for name, second, *up in events:
        event = {"event": name, "time_us": second * S}
        if name == "wifi":
            command = {"do": "wifi", "up": up[0], "uplink": None}
            event = {"event": "done", "time_us": second * S, "command": command}
        found.append(event)
    return SimpleNamespace(events=found)


def test_outages_are_from_the_cut_to_the_boot_and_from_off_to_on():
    for events, expected in (
        ([("ready", 0), ("boot", 1), ("line", 2)], []),
        ([("boot", 1), ("cut", 5), ("boot", 9)], [("power", 5, 9)]),
        ([("boot", 1), ("cut", 5)], [("power", 5, None)]),
        # Crashes and sleeps are not losses of power.
        ([("boot", 1), ("crash", 5), ("boot", 6), ("sleep", 8), ("boot", 9)], []),
        ([("wifi", 3, False), ("wifi", 8, True)], [("wifi", 3, 8)]),
        # A switch without an effect, and a switch of the access points' uplink.
        ([("wifi", 3, False), ("wifi", 4, False), ("wifi", 8, None)], [("wifi", 3, None)]),
        ([("wifi", 3, True), ("cut", 4), ("wifi", 5, False), ("boot", 6)],
         [("power", 4, 6), ("wifi", 5, None)]),
    ):  # fmt: skip
        spans = Outages(board_of(*events)).spans()
        assert [(kind, a // S, b and b // S) for kind, a, b in spans] == expected, events


def test_requests_that_failed_are_one_stretch_until_something_is_accepted():
    for refused, accepted, interval, expected in (
        ([], [], 10, []),
        ([(5, 429)], [], 10, [(5, 5, "refused: 429")]),
        ([(5, 429), (500, 429)], [], 10, [(5, 500, "refused: 429")]),
        ([(5, 429), (500, 429)], [300], 10, [(5, 5, "refused: 429"), (500, 500, "refused: 429")]),
        # Failures closer together than two uploads are one stretch.
        ([(5, 429), (14, 500)], [9], 10, [(5, 14, "refused: 429, 500")]),
        ([(5, 429), (15, 500)], [9], 10, [(5, 5, "refused: 429"), (15, 15, "refused: 500")]),
        # A reading accepted before, after or at the moment of a failure does not separate them.
        ([(5, 500), (50, 0)], [1, 5, 50, 60], 0, [(5, 50, "refused: connection cut, 500")]),
    ):
        found = refusals([(s * S, status) for s, status in refused], [s * S for s in accepted],
                         interval * S)  # fmt: skip
        assert [(m.from_us // S, m.to_us // S, m.text) for m in found] == expected, refused
        assert {mark.kind for mark in found} <= {"refused"}


def test_an_axis_has_its_own_marks_and_at_most_the_visible_count():
    marks = [
        Mark("power", 0, 9, "no power"),
        Mark("power", 5, 20, "no power"),
        Mark("wifi", 30, 40, "no Wi-Fi"),
        Mark("refused", 90, 99, "refused: 429"),
    ]
    assert within(marks, 9, 89) == [Mark("power", 0, 20, "no power"), marks[2]]
    many = [Mark("refused", i * 10, i * 10, f"refused: {400 + i % 2}") for i in range(6000)]
    shown = within(many, 0, 60_000)
    assert len(shown) <= MARKS_MAX + 1
    assert (shown[0].from_us, shown[-1].to_us) == (0, 59_990)
    assert shown[0].text == "refused: 400, 401"


def add_health(store, rows):
    """Store rows of a node's health: (second, boots, reset cause), one per request."""
    for second, boots, cause in rows:
        values = (("node_boots", boots), ("node_reset_cause", cause))
        points = [("n", name, second * S, value) for name, value in values if value is not None]
        store.add(KEY[0], points, second * S + S)


def restarted_s(history, from_s=0, to_s=10**6):
    """Return the times in seconds of the node's marks on an axis, as a new page finds them."""
    fleet = Fleet(history)
    fleet.refresh()
    marks = restarts_of(history, fleet.devices[KEY], (from_s * S, to_s * S))
    assert {mark.text for mark in marks} <= {"restarted after a loss of power"}
    assert all(mark.from_us == mark.to_us for mark in marks)
    return [mark.from_us // S for mark in marks]


def test_boots_that_rose_by_a_power_on_are_marked_at_their_row(tmp_path):
    with open_store(tmp_path) as (store, history):
        add_health(store, [(10, 1, 1), (20, 1, 1), (30, 2, 1), (40, 2, 1), (50, 4, 1)])
        # A reset by the button, a flash that was erased, and one more power cut.
        add_health(store, [(60, 5, 2), (70, 1, 1), (80, 2, 1)])
        assert restarted_s(history) == [30, 50, 80]
        # The row before the axis counts; the first row of the table is not a rise.
        assert restarted_s(history, 25, 55) == [30, 50]
        assert restarted_s(history, 31, 49) == []


def test_a_reduced_curve_still_has_the_row_itself(tmp_path):
    cuts_s = (1_003, 40_007, 40_011, 99_999)
    with open_store(tmp_path) as (store, history):
        names, points = ("node_boots", "node_reset_cause"), []
        for second in range(1, 100_000, 2):
            boots = 1 + sum(second >= cut_s for cut_s in cuts_s)
            for name, value in zip(names, (boots, 1), strict=True):
                points.append(("n", name, second * S, value))
        store.add(KEY[0], points, 100_000 * S)
        assert history.curve(*KEY, "node_boots", 0, 100_000 * S).column_us
        # The two in the middle are in one column: one mark.
        assert restarted_s(history, 0, 100_000) in (
            [1_003, 40_007, 99_999],
            [1_003, 40_011, 99_999],
        )
        assert restarted_s(history, 40_000, 40_020) == [40_007, 40_011]


def test_the_newest_restarts_are_marked(tmp_path):
    with open_store(tmp_path) as (store, history):
        add_health(store, [(10 * boots, boots, 1) for boots in range(1, RESTARTS_MAX + 20)])
        found = restarted_s(history)
        assert len(found) == RESTARTS_MAX and found[-1] == 10 * (RESTARTS_MAX + 19)
