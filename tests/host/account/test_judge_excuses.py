"""Only a fault, a cut or RTC memory excuses a missing reading; no claim of the node does."""

import pytest
from support.account.judge_sources import (
    ALL_COUNT,
    LAST_US,
    LOST,
    ROW_COUNT,
    S_US,
    T0_US,
    Sources,
    balanced,
    objections,
)
from wherry_host.account.gaps import Gaps

ROW_3_US = T0_US + 3 * S_US
END_US = T0_US + 9 * S_US + 9000
STARTED = {"event": "boot", "time_us": ROW_3_US - S_US // 2, "prompt": 0}


def without_row(row):
    """Return Sources with a missing row, and matching claims about the rest."""
    sources = Sources()
    sources.forget_row(row)
    # The node itself counts it neither as sampled nor as delivered.
    sources.set_health(sampled=27, waiting=27)
    sources.said(delivered=ALL_COUNT - 3)
    return sources


def without_reading(row, index):
    """Return Sources in which a row lacks a reading."""
    sources = Sources()
    sources.drop_points(sources.rows[row].pop(index))
    sources.lines[row] = (sources.lines[row][0], f"1.000 row {row}: 2 readings")
    sources.set_health(sampled=29, waiting=29)
    sources.said(delivered=ALL_COUNT - 1)
    return sources


# Values that have not changed: a reading is 0.1 °C above the one before


def left_out(row, index=0, change=11, report_ms=60_000):
    sources = without_reading(row, index)
    sources.typed["sensor"][index]["report"] = [report_ms, [[0, [change, False]]]]
    return sources


def test_only_a_value_near_the_one_kept_before_may_be_left_out():
    account = balanced(left_out(3), sampled=ALL_COUNT - 1, delivered=ALL_COUNT - 1)
    assert account.unchanged == 1
    # Not excused: a larger change than report_change and the resolution, and the first value.
    for sources in (left_out(3, change=7), left_out(0)):
        objections(sources, "temperature at", LOST)
    # The first value after a start is excused only if the start is a wake.
    for cause, is_excused in ((1, False), (4, True)):
        sources = left_out(3)
        sources.events.append({**STARTED, "cause": cause})
        reported = [text for text in sources.account().problems if LOST in text]
        assert bool(reported) != is_excused, reported


@pytest.mark.parametrize(("report_ms", "is_excused"), [(60_000, True), (1000, False)])
def test_a_value_is_kept_at_least_each_report_every(report_ms, is_excused):
    sources = left_out(9, index=1, report_ms=report_ms)
    for row in range(1, 9):
        sources.rows[row].pop(1)
    problems = sources.account().problems
    assert is_excused != any("load at" in text and LOST in text for text in problems), problems


# Faults of a sensor


def test_a_fault_excuses_the_measurement_that_was_not_read():
    sources = without_reading(3, 0)
    objections(sources, "temperature at", LOST)

    def logged(device="bme280", **what):
        return {"time_us": ROW_3_US + 5000, "device": device, **what}

    # Of another device, and of another measurement.
    for device, unread_us in (("host", ROW_3_US), ("bme280", ROW_3_US - S_US)):
        sources.accesses = [logged(device, fault="nak"), logged(device, unread_us=unread_us)]
        objections(sources, "temperature at", LOST)
    sources.accesses[1]["unread_us"] = ROW_3_US
    account = balanced(sources, sampled=ALL_COUNT - 1, delivered=ALL_COUNT - 1)
    assert account.unread == 1
    # Another access has read the measurement.
    sources.accesses.append(logged(read_us=ROW_3_US))
    objections(sources, "temperature at", LOST)


def test_sensor_errors_agree_with_the_faults():
    sources = Sources()
    sources.set_health(sensor_errors=1)
    objections(sources, "node_sensor_errors at", "the node says 1, the witnesses 0")
    sources.accesses = [{"time_us": T0_US, "device": "bme280", "fault": "nak"}]
    assert sources.account().problems == []


# Ends of the program


def test_the_last_reading_before_a_cut_may_be_cut_short():
    sources = without_row(9)
    objections(sources, "temperature at", LOST)
    # The cut came before the program operation with the row was complete.
    sources.end("cut", END_US)
    account = balanced(sources, cut_short=3, sampled=ALL_COUNT - 3)
    assert account.unread == 0
    # The row of the reading before it had a second to be written.
    sources = without_row(8)
    sources.end("cut", END_US + 20_000)
    objections(sources, "temperature at", LOST)


def test_an_external_reset_excuses_and_the_program_s_own_does_not():
    sources = without_row(9)
    sources.end("reset", END_US, cause=2, injected=True)
    balanced(sources, cut_short=3)
    sources = without_row(9)
    sources.end("reset", END_US, cause=2, injected=False)
    objections(sources, "temperature at", LOST)


def test_a_row_in_flash_is_excused_by_no_cut_and_no_fault():
    sources = without_row(9)
    sources.end("cut", END_US + 41_000)
    balanced(sources, cut_short=3)
    sources.rows[9] = Sources().rows[9]
    sources.remove_row(9, END_US + 441_000)
    objections(sources, "temperature at", LOST)
    sources = Sources()
    sources.forget_row(9, flash=False)
    sources.remove_row(9, LAST_US + S_US // 4)
    time_us = T0_US + 9 * S_US
    for what in ({"fault": "nak"}, {"unread_us": time_us}):
        sources.accesses.append({"time_us": time_us, "device": "bme280", **what})
    objections(sources, "temperature at", LOST)


# RTC memory


def gap(before, after, count=1):
    """Return the gaps of a flash: one between two rows."""
    return Gaps(count, ((T0_US + before * S_US, T0_US + after * S_US),))


def staged(gaps, kind="cut", durability="stage", late_us=0):
    """Return Sources whose rows 3 to 5 were lost at the end of a power cycle."""
    sources = Sources()
    sources.gaps = gaps
    for row in (3, 4, 5):
        sources.forget_row(row)
    sources.said(delivered=ALL_COUNT - 9)
    sources.typed["node"]["durability"] = durability
    sources.end(kind, T0_US + 6 * S_US - 200_000 + late_us, 100_000, cause=2, injected=True)
    sources.set_health(sampled=21, waiting=21, gaps=1, boots=2)
    return sources


# The newest gaps are recorded; any gap of an undated boot counts.
@pytest.mark.parametrize("gaps", [gap(2, 6), gap(7, 9, 2), Gaps(1, ((None, None),))])
def test_rows_in_rtc_memory_are_lost_by_a_cut(gaps):
    balanced(staged(gaps), in_gap=9)


@pytest.mark.parametrize("gaps", [Gaps(), gap(0, 2), gap(4, 6), gap(2, 4), gap(6, 9)])
def test_rows_lost_with_rtc_memory_are_in_a_recorded_gap(gaps):
    objections(staged(gaps), "temperature at", "in no gap recorded in flash")


# The last one had a later row in flash.
@pytest.mark.parametrize(
    "changes", [{"durability": "row"}, {"kind": "reset"}, {"late_us": 1_100_000}]
)
def test_a_gap_without_a_cut_of_staged_rows_excuses_nothing(changes):
    objections(staged(gap(2, 6), **changes), "temperature at", LOST)


def test_rows_without_a_later_row_are_not_in_a_gap_yet():
    sources = Sources()
    for row in (7, 8, 9, ROW_COUNT):
        sources.forget_row(row)
    sources.said(delivered=21, row=7, index=0)
    sources.typed["node"]["durability"] = "stage"
    # The last one was being measured at the power cut.
    sources.events[-1]["time_us"] = T0_US + 9 * S_US + 30_000
    balanced(sources, in_gap=6, cut_short=3, delivered=21)
