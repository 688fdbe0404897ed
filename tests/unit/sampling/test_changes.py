"""Reporting on change: the values that are kept, the state, and configuration errors."""

from support.config.changed_config import changed, lines
from support.sampling.due_sampler import Sampler
from wherry.config.check import check
from wherry.sampling import alarms, changes
from wherry.stage.state import new_state

HOUR_MS = 3_600_000
NOTHING = "no row: no value has changed by its report_change"


class Node:
    """A sampler that keeps values only if they have changed, as its entries say, and its state."""

    def __init__(self, *entries, state=None):
        self.sampler, self.state, self.said = Sampler(), state or new_state(), []
        self.state.send_due = HOUR_MS
        changes.watch(self.sampler, self.state, list(entries), HOUR_MS, self.said.append)

    def rows(self, *values, period=0):
        """Return the rows that remain after a sample of these values."""
        self.sampler.values = values
        self.sampler.taken = period * HOUR_MS + 77
        del self.said[:]
        self.sampler.sample(lambda: 400, None)
        return self.sampler.rows

    def kept(self, *values, period=0):
        """Return the values that remain after a sample of one row."""
        return [value for _, kept in self.rows(*values, period=period) for value in kept]


def test_a_value_is_kept_once_it_differs_by_the_change_from_the_last_kept():
    node = Node((0, "level", 5, False))
    for value, is_kept in (
        (100, True), (104, False), (96, False), (105, True), (101, False), (100, True),
        (100, False), (-100, True), (-104, False), (-105, True),
    ):  # fmt: skip
        assert node.kept(value) == ([value] if is_kept else []), value
        assert node.said == ([] if is_kept else [NOTHING])


def test_slow_changes_add_up():
    node = Node((0, "level", 5, False))
    assert [value for value in range(20) if node.kept(value)] == [0, 5, 10, 15]


def test_channels_without_a_configured_change_are_always_kept():
    node = Node((1, "level", 5, False))
    assert node.rows(1, 50, 7) == [(7, [1, 50, 7])]
    assert node.rows(1, 51, 7) == [(5, [1, 7])]
    assert node.rows(1, None, 7) == [(5, [1, 7])]
    assert node.rows(None, 55, None) == [(2, [55])]


def test_a_channel_of_the_second_row_is_found():
    node = Node((40, "a", 5, False))
    assert node.rows(*[None] * 40 + [7, 8]) == [(3 << 40, [7, 8])]
    assert node.rows(*[None] * 40 + [7, 8]) == [(1 << 41, [8])]


def test_each_channel_is_kept_once_a_period():
    node = Node((0, "a", 5, False), (1, "b", 5, False))
    assert node.kept(1, 1) == [1, 1]
    assert node.kept(9, 2) == [9]
    assert node.kept(9, 2, period=1) == [9, 2]
    # The next value is compared with the value that was kept.
    assert node.kept(9, 6, period=1) == []
    assert node.kept(9, 7, period=1) == [7]
    # A channel without a value is kept as soon as it has one.
    assert node.kept(None, 7, period=2) == [7]
    assert node.kept(9, 7, period=2) == [9]
    # A sample may come after several periods; their number has 16 bits.
    assert node.kept(9, 7, period=70_000) == [9, 7]
    assert node.kept(9, 7, period=70_000) == []


def test_kept_values_survive_a_sleep_and_nothing_else():
    state = new_state()
    assert Node((0, "a", 5, False), state=state).kept(1) == [1]
    assert Node((0, "a", 5, False), state=state).kept(2) == []
    changes.forget(state.busy)
    assert bytes(state.busy[50:]) == bytes(30)
    assert Node((0, "a", 5, False), state=state).kept(2) == [2]


def test_only_an_urgent_change_makes_an_upload_due():
    node = Node((0, "door", 1, True), (1, "level", 5, False))
    for values, is_urgent in (
        ((1, 50), False), ((1, 60), False), ((0, 60), True), ((0, 60), False), ((1, 0), True),
    ):  # fmt: skip
        node.state.send_due = HOUR_MS
        node.state.busy[19] = 0
        node.kept(*values)
        assert node.state.send_due == (400 if is_urgent else HOUR_MS), values
        assert node.state.busy[19] == (128 if is_urgent else 0)
        assert ("door changed: sending at once" in node.said) == is_urgent
    # A value that only the period keeps has not changed.
    node.state.send_due = HOUR_MS
    assert node.kept(1, 0, period=1) == [1, 0] and node.state.send_due == HOUR_MS


def test_a_value_that_begins_or_ends_an_alarm_is_kept():
    sampler, state = Sampler(), new_state()
    state.send_due = 5000
    alarms.watch(sampler, state, [(0, "level", 30, None, 0)], print)
    changes.watch(sampler, state, [(0, "level", 5, False)], HOUR_MS, print)
    for value, is_kept in ((29, True), (30, False), (31, True), (30, True), (28, False)):
        sampler.values = (value,)
        sampler.sample(lambda: 400, None)
        assert bool(sampler.rows) == is_kept, value


def report(**options):
    return check(changed("sensor", options))["sensor"][0].get("report")


def test_changes_are_in_units_of_the_last_decimal():
    assert report() is None
    assert report(report_change={"temperature": 0.5, "pressure": 0.001}) == [
        HOUR_MS, [[0, [50, False]], [2, [1, False]]],
    ]  # fmt: skip
    found = report(driver="battery", report_change=0, report_at_once=True)
    assert found == [HOUR_MS, [[0, [1, True]]]]
    raw = changed("sensor", {"report_change": {"humidity": 2}, "decimals": {"humidity": 0}})
    raw["node"] = {"report_every": "1 d"}
    typed = check(raw)
    assert typed["sensor"][0]["report"] == [24 * HOUR_MS, [[1, [2, False]]]]
    assert "report_every_ms" not in typed["node"]
    derived = report(derive=["dew_point"], report_change={"dew_point": 1})
    assert derived == [HOUR_MS, [[3, [100, False]]]]


def test_contradictions_are_errors():
    for options, text in (
        ({"report_change": 1},
         "report_change: one value for 3 channels; give a table, such as { temperature = ... }"),
        ({"report_change": {"humidity": -1}},
         "report_change: humidity: -1; give a number without quotes, 0 to 1000000000"),
        ({"report_at_once": True},
         "report_at_once: without report_change; give report_change, or remove it"),
        ({"driver": "pulse", "pin": 4, "report_change": {"pulses": 1}},
         "report_change: pulses: a count since the previous reading; "
         "remove it: a reading left out would lose its count"),
        ({"driver": "lis3dh", "rate_hz": 10, "report_change": {"acceleration_x": 1}},
         "report_change: on a fast sensor; remove it"),
    ):  # fmt: skip
        found = lines(changed("sensor", options))
        assert "[[sensor]] 1: " + text in found, (options, found)
    raw = changed("sensor", {})
    raw["sensor"] = [
        {"driver": "analog", "pin": 32 + i, "name": "c%d" % i, "report_change": 1}
        for i in range(7)
    ]
    assert "[[sensor]]: report_change of 7 channels; keep at most 6" in lines(raw)
