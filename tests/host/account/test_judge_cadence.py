"""The judge finds a sensor that is read too rarely or too often, and reports unproven cases."""

import pytest
from support.account.judge_sources import LAST_US, S_US, T0_US, Sources, objections
from wherry_host.account.account import Account
from wherry_host.account.empty_battery import empty_spans, without
from wherry_host.account.evidence import NoStandstill
from wherry_host.account.grid import empty_places, surplus
from wherry_host.account.stalls import Stall

DEVICES = ("bme280", "host", "battery")


class Stalled(NoStandstill):
    """A computer that delayed the board once, or with `servers` only its servers.

    All its stalls in a second together are `total_us` long, by default as long as this one.
    """

    def __init__(self, begin_us, length_us, servers=False, total_us=None):
        self._stall, self._servers = Stall(begin_us, length_us), servers
        self._total_us = total_us or length_us

    def longest_stall(self, begin_us, end_us, with_servers=False):
        stall = self._stall
        touches = stall.begin_us <= end_us and begin_us <= stall.begin_us + stall.length_us
        return stall if touches and (with_servers or not self._servers) else Stall(begin_us, 0)

    def total_stall(self, begin_us, end_us):
        stall = self.longest_stall(begin_us, end_us)
        return stall._replace(length_us=self._total_us) if stall.length_us else stall


def skipped(*rows):
    """Return sources in which no sensor was read at the places of `rows`."""
    sources = Sources()
    for row in rows:
        begin_us = T0_US + row * S_US
        sources.truth = [
            entry for entry in sources.truth if not begin_us <= entry["time_us"] < begin_us + S_US
        ]
        sources.forget_row(row)
    return sources


def of_cadence(evidence):
    """Return the problems and doubts of an account about the cadence."""
    account = Account(evidence)
    problems = [each for each in account.problems if " sampled " in each]
    return problems, account.not_proven


def test_a_measurement_that_never_happened_is_found():
    for device in DEVICES:
        sources = Sources()
        begin_us = T0_US + 5 * S_US
        sources.truth = [
            entry
            for entry in sources.truth
            if entry["device"] != device or not begin_us <= entry["time_us"] < begin_us + S_US
        ]
        sources.forget_row(5)
        objections(sources, f"{device} at", "not sampled for 2.0 s")
        sources.truth = [entry for entry in sources.truth if entry["device"] != device]
        objections(sources, f"{device}: never sampled")


def test_a_single_stall_of_the_board_that_is_long_enough_leaves_it_unknown():
    at_us = T0_US + 4 * S_US + S_US // 2
    for length_us, is_known in ((S_US // 2, True), (S_US, False)):
        evidence = skipped(5).evidence()
        evidence.standstill = Stalled(at_us, length_us)
        problems, doubts = of_cadence(evidence)
        if is_known:
            assert len(problems) == len(DEVICES) and doubts == []
        else:
            reported = "this computer stalled for 1.0 s at 11:06:44.500"
            assert doubts == [f"{reported}: no sample of bme280, host, battery"]
            assert problems == []


@pytest.mark.parametrize(("speed", "is_known"), [(2, False), (20, True)])
def test_short_stalls_of_the_board_add_up_except_on_a_fast_clock(speed, is_known):
    evidence = skipped(5).evidence()
    stall_us = T0_US + 4 * S_US + S_US // 2, S_US // 2
    evidence.standstill = Stalled(*stall_us, total_us=S_US)
    evidence.speed = speed
    problems, doubts = of_cadence(evidence)
    assert bool(problems) == is_known and bool(doubts) != is_known


@pytest.mark.parametrize(("length_us", "is_known"), [(800_000, True), (S_US, False)])
def test_a_stall_explains_the_lateness_that_is_new(length_us, is_known):
    sources = skipped(5)
    for entry in sources.truth:
        row = (entry["time_us"] - T0_US) // S_US
        entry["time_us"] += 450_000 if row == 4 else 600_000 if row > 5 else 0
    evidence = sources.evidence()
    # The reading before the stall is 0.45 s late, so 2.15 s later two places are empty.
    evidence.standstill, evidence.speed = Stalled(T0_US + 5 * S_US, length_us), 20
    problems, doubts = of_cadence(evidence)
    assert bool(problems) == is_known and bool(doubts) != is_known


# Of two consecutive places a stall of one period explains one.
@pytest.mark.parametrize(
    ("rows", "length", "doubt_count"), [((3, 7), "2.0 s", 1), ((3, 4), "3.0 s", 0)]
)
def test_a_stall_explains_only_the_places_that_it_touches(rows, length, doubt_count):
    evidence = skipped(*rows).evidence()
    evidence.standstill = Stalled(T0_US + 2 * S_US + S_US // 2, S_US)
    problems, doubts = of_cadence(evidence)
    assert [each.partition(": ")[2] for each in problems] == [f"not sampled for {length}"] * 3
    assert len(doubts) == doubt_count and not Account(evidence).is_proven


@pytest.mark.parametrize(
    ("speed", "length_us", "is_known"),
    [(2, S_US, True), (2, 2 * S_US, False), (20, S_US // 2, True), (20, S_US, False)],
)
def test_a_stall_of_the_servers_must_be_longer_except_on_a_fast_clock(speed, length_us, is_known):
    evidence = skipped(5).evidence()
    evidence.standstill = Stalled(T0_US + 4 * S_US + S_US // 2, length_us, servers=True)
    evidence.speed = speed
    problems, doubts = of_cadence(evidence)
    assert bool(problems) == is_known and bool(doubts) != is_known


def test_a_node_that_samples_a_little_less_often_is_found():
    sources = Sources()
    sources.events[-1]["time_us"] += 4 * S_US
    for entry in sources.truth:
        entry["time_us"] += (entry["time_us"] - T0_US) // S_US * 300_000
    objections(sources, "bme280 at", "sampled 10 times in 11.7 s")


@pytest.mark.parametrize("later_us", [2000, 500_000])
def test_a_sensor_that_is_read_twice_a_period_is_found(later_us):
    sources = Sources()
    again = [
        entry | {"time_us": entry["time_us"] + later_us}
        for entry in sources.truth
        if entry["device"] == "bme280"
    ]
    sources.truth += again
    objections(sources, "bme280 at", "sampled 20 times in 9.")


def test_an_attempt_that_met_a_fault_has_its_place():
    sources = skipped(5)
    for device in DEVICES:
        sources.accesses += [
            {"time_us": T0_US + 5 * S_US + later_us, "device": device, "fault": "nak"}
            for later_us in (0, 3000)
        ]
    assert of_cadence(sources.evidence()) == ([], [])


def test_a_restarted_program_has_a_new_grid():
    sources = Sources()
    for entry in sources.truth:
        if entry["time_us"] >= T0_US + 5 * S_US:
            entry["time_us"] += 400_000
    boot = {"event": "boot", "time_us": T0_US + 5 * S_US, "cause": 3, "prompt": False}
    sources.events.insert(1, boot)
    assert of_cadence(sources.evidence()) == ([], [])
    assert boot["time_us"] < LAST_US


@pytest.mark.parametrize("is_given", [True, False])
def test_the_grid_moves_only_when_the_node_is_given_the_time(is_given):
    sources = Sources()
    moves_us = [T0_US + number * S_US for number in (2, 4, 6, 8)]
    for entry in sources.truth:
        entry["time_us"] += 450_000 * sum(entry["time_us"] < each for each in moves_us)
    if is_given:
        sources.syncs_us += [each + 450_000 * (3 - i) for i, each in enumerate(moves_us)]
        assert of_cadence(sources.evidence()) == ([], [])
    else:
        objections(sources, "bme280 at", "sampled 10 times in 7.")


@pytest.mark.parametrize(
    ("late", "missing", "found"),
    [
        ((), (), []),
        ((0, 5, 6, 7, 19), (), []),
        ((), (9,), [(8, 9, 1)]),
        # A late reading may be in the next reading's place.
        ((8,), (9,), [(7, 9, 1)]),
        ((3,), (4, 5, 12), [(2, 4, 2), (9, 10, 1)]),
    ],
)
def test_empty_places_are_distinguished_from_late_readings(late, missing, found):
    """`late` readings come 0.6 s after their place in a grid of seconds."""
    places = [i for i in range(20) if i not in missing]
    times_us = [i * S_US + (600_000 if i in late else 0) for i in places]
    assert list(empty_places(times_us, S_US, 0)) == found
    assert not surplus(times_us, S_US, 0)


def test_an_empty_battery_excuses_pauses_while_the_node_measures_it():
    typed = {"power": {"source": "battery", "empty_mv": 3400}}
    min_us = 60 * S_US
    voltages = ((0, 3400), (10, 3399), (20, 3500), (70, 3549), (100, 3550), (110, 3390))
    truth = [
        {"channel": "battery_mv", "time_us": minute * min_us, "value": mv}
        for minute, mv in voltages
    ]
    # After the last one the node should have measured again, an hour and a start later.
    expected = [(10 * min_us, 100 * min_us), (110 * min_us, 171 * min_us)]
    assert empty_spans(typed, truth, min_us) == expected
    # A node that does not measure again is no longer excused, however low the voltage is later.
    late = [{**truth[1], "time_us": 200 * min_us}]
    assert empty_spans(typed, truth[1:2] + late, min_us)[0] == (10 * min_us, 71 * min_us)
    assert empty_spans({"power": {"source": "battery", "empty_mv": None}}, truth, min_us) == []
    watches = [(0, 20 * min_us), (50 * min_us, 180 * min_us)]
    assert list(without(expected, watches)) == [
        (0, 10 * min_us), (100 * min_us, 110 * min_us), (171 * min_us, 180 * min_us),
    ]  # fmt: skip
