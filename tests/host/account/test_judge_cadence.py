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
    """A computer that delayed the board once, or with `servers` only its servers."""

    def __init__(self, begin_us, length_us, servers=False):
        self._stall, self._servers = Stall(begin_us, length_us), servers

    def longest_stall(self, begin_us, end_us, with_servers=False):
        stall = self._stall
        touches = stall.begin_us <= end_us and begin_us <= stall.begin_us + stall.length_us
        return stall if touches and (with_servers or not self._servers) else Stall(begin_us, 0)


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


def test_a_sensor_that_was_never_read_is_found():
    sources = Sources()
    sources.truth = [entry for entry in sources.truth if entry["device"] != "host"]
    objections(sources, "host: never sampled")


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


def test_a_stall_explains_only_the_places_that_it_touches():
    evidence = skipped(3, 7).evidence()
    evidence.standstill = Stalled(T0_US + 2 * S_US + S_US // 2, S_US)
    problems, doubts = of_cadence(evidence)
    assert len(problems) == len(DEVICES) and len(doubts) == 1
    assert not Account(evidence).is_proven


def test_two_stalls_are_not_added_up():
    # Of two consecutive places a stall of one period explains one.
    evidence = skipped(4, 5).evidence()
    evidence.standstill = Stalled(T0_US + 3 * S_US + S_US // 2, S_US)
    problems, doubts = of_cadence(evidence)
    assert [each.partition(": ")[2] for each in problems] == ["not sampled for 3.0 s"] * 3
    assert doubts == []


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


def test_on_a_fast_clock_an_empty_place_is_found_too():
    # 250 ms of this computer are five periods.
    evidence = skipped(5).evidence()
    evidence.speed = 20
    problems, _ = of_cadence(evidence)
    assert [each.partition(": ")[2] for each in problems] == ["not sampled for 2.0 s"] * 3


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


def test_a_node_delayed_before_its_first_reading_reads_several_together():
    sources = Sources()
    for entry in sources.truth:
        at_us = entry["time_us"] - T0_US
        entry["time_us"] = T0_US + max(at_us, 2_600_000 + at_us // 100)
    evidence = sources.evidence()
    reported = "bme280 at 11:06:42.600: sampled 10 times in 6.4 s"
    assert reported in of_cadence(evidence)[0]
    evidence.standstill = Stalled(T0_US, 2 * S_US)
    assert reported not in of_cadence(evidence)[0]
    evidence.standstill = Stalled(T0_US + 3 * S_US, 2 * S_US)
    assert reported in of_cadence(evidence)[0]


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


# The grid


def on_grid(late=(), missing=(), count=20):
    """Return times in us on a grid of seconds: `late` ones by 0.6 s, `missing` ones left out."""
    return [i * S_US + (600_000 if i in late else 0) for i in range(count) if i not in missing]


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
    times_us = on_grid(late, missing)
    assert list(empty_places(times_us, S_US, 0)) == found
    assert not surplus(times_us, S_US, 0)


def test_an_empty_place_that_is_proven_late_counts_from_the_first_doubt():
    # A busy computer: the third reading is early, the place before the fourth is empty.
    late_ms = [0, 214, -398, 765, 1048, *[350] * 5, 377, *[400] * 6]
    times_us = [i * S_US + 1000 * ms for i, ms in enumerate(late_ms)]
    assert list(empty_places(times_us, S_US, 0.001)) == [(2, 10, 1)]


def test_the_drift_of_the_clock_is_not_an_empty_place():
    times_us = [i * 1_010_000 for i in range(200)]
    assert list(empty_places(times_us, S_US, 0.01)) == []
    assert [count for *_, count in empty_places(times_us, S_US, 0)] == [1, 1]
    assert surplus([i * 990_000 for i in range(200)], S_US, 0)
    assert not surplus([i * 990_000 for i in range(200)], S_US, 0.01)


def test_no_readings_have_no_places():
    assert list(empty_places([], S_US, 0)) == [] and not surplus([], S_US, 0)


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
