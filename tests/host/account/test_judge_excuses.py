"""Only a fault, a cut or a full flash excuses a missing reading; no claim of the node does."""

from support.account.judge_sources import (
    ALL_COUNT,
    HEALTH,
    LAST_US,
    ROW_COUNT,
    S_US,
    T0_US,
    Sources,
    balanced,
    objections,
)
from wherry_host.account.gaps import Gaps

LOST = "lost: neither at the server nor in flash"


def without_row(row):
    """Return Sources with a missing row, and matching claims about the rest."""
    sources = Sources()
    sources.forget_row(row)
    # The node itself counts it neither as sampled nor as delivered.
    set_health(sources, sampled=27, waiting=27)
    sources.said(delivered=ALL_COUNT - 3)
    return sources


def set_health(sources, **values):
    """Set other values in the row of health."""
    for name, value in values.items():
        index = list(HEALTH).index(name)
        sources.rows[ROW_COUNT][index].value = float(value)
        i = [point[0] for point in sources.points].index("node_" + name)
        sources.points[i] = (*sources.points[i][:2], float(value), *sources.points[i][3:])


def without_reading(row, index):
    """Return Sources in which a row lacks a reading."""
    sources = Sources()
    gone = sources.rows[row].pop(index)
    sources.points = [
        point for point in sources.points if point[:2] != (gone.channel, gone.stamp_us)
    ]
    sources.lines[row] = (sources.lines[row][0], f"1.000 row {row}: 2 readings")
    set_health(sources, sampled=29, waiting=29)
    sources.said(delivered=ALL_COUNT - 1)
    return sources


# Values that have not changed


def test_only_a_value_near_the_one_kept_before_may_be_left_out():
    def left_out(row, index=0, change=11, report_ms=60_000):
        sources = without_reading(row, index)
        # A reading is 0.1 °C above the one before.
        sources.typed["sensor"][index]["report"] = [report_ms, [[0, [change, False]]]]
        return sources

    account = balanced(left_out(3), sampled=ALL_COUNT - 1, delivered=ALL_COUNT - 1)
    assert account.unchanged == 1
    # Not excused: a larger change than report_change and the resolution, and the first value.
    for sources in (left_out(3, change=7), left_out(0)):
        objections(sources, "temperature at", LOST)
    other = left_out(3, index=1)
    other.typed["sensor"][0]["report"] = other.typed["sensor"][1].pop("report")
    objections(other, "load at", LOST)
    # The first value after a start is excused only if the start is a wake.
    for cause, is_excused in ((1, False), (4, True)):
        sources = left_out(3)
        start_us = T0_US + 3 * S_US - S_US // 2
        sources.events.append({"event": "boot", "time_us": start_us, "cause": cause, "prompt": 0})
        reported = [text for text in sources.account().problems if LOST in text]
        assert bool(reported) != is_excused, reported
    # A missing value is not excused if no value was kept for longer than report_every.
    for report_ms in (60_000, 1000):
        sources = left_out(9, index=1, report_ms=report_ms)
        for row in range(1, 9):
            sources.rows[row].pop(1)
        reported = [
            text for text in sources.account().problems if "load at" in text and LOST in text
        ]
        assert bool(reported) == (report_ms == 1000), reported


# Faults of a sensor


def test_a_fault_excuses_the_measurement_that_was_not_read():
    sources = without_reading(3, 0)
    objections(sources, "temperature at", LOST)
    measured_us = T0_US + 3 * S_US

    def logged(device="bme280", **what):
        return {"time_us": measured_us + 5000, "device": device, **what}

    for device in ("host", "battery"):
        sources.accesses = [logged(device, fault="nak"), logged(device, unread_us=measured_us)]
        objections(sources, "temperature at", LOST)
    # The fault belongs to another measurement.
    sources.accesses = [logged(fault="nak"), logged(unread_us=measured_us - S_US)]
    objections(sources, "temperature at", LOST)
    sources.accesses[1]["unread_us"] = measured_us
    account = balanced(sources, sampled=ALL_COUNT - 1, delivered=ALL_COUNT - 1)
    assert account.unread == 1
    # Another access has read the measurement.
    sources.accesses.append(logged(read_us=measured_us))
    objections(sources, "temperature at", LOST)


def test_a_good_reading_before_a_fault_of_the_next_start_must_not_be_withheld():
    sources = without_reading(3, 0)
    measured_us = T0_US + 3 * S_US
    fault = {"time_us": measured_us + S_US - 1000, "device": "bme280", "fault": "nak"}
    for accesses in ([], [{"time_us": measured_us, "device": "bme280", "read_us": measured_us}]):
        sources.accesses = [*accesses, fault]
        objections(sources, "temperature at", LOST)


def test_sensor_errors_agree_with_the_faults():
    sources = Sources()
    set_health(sources, sensor_errors=1)
    objections(sources, "node_sensor_errors at", "the node says 1, the witnesses 0")
    sources.accesses = [{"time_us": T0_US, "device": "bme280", "fault": "nak"}]
    assert sources.account().problems == []


def test_a_row_stamped_a_little_before_the_reset_that_it_counts_is_believed():
    for early_us, believed in ((40_000, True), (400_000, False)):
        sources = Sources()
        reset_us = LAST_US + early_us
        sources.events[1:1] = [
            {"event": "reset", "time_us": reset_us - 9000, "cause": 2, "injected": True},
            {"event": "boot", "time_us": reset_us, "cause": 2, "prompt": False},
        ]
        set_health(sources, reset_cause=2, crashes=1)
        if believed:
            assert sources.account().problems == []
        else:
            objections(sources, "node_crashes at", "the node says 1, the witnesses 0")


# Ends of the program


def test_the_last_reading_before_a_cut_may_be_cut_short():
    sources = without_row(9)
    objections(sources, "temperature at", LOST)
    # The cut came before the program operation with the row was complete.
    cut_us = T0_US + 9 * S_US + 9000
    sources.events += [
        {"event": "cut", "time_us": cut_us},
        {"event": "boot", "time_us": cut_us + 300_000, "cause": 1, "prompt": False},
    ]
    set_health(sources, boots=2)
    account = balanced(sources, cut_short=3, sampled=ALL_COUNT - 3)
    assert account.unread == 0
    # The row of the reading before it had a second to be written.
    sources = without_row(8)
    sources.events += [
        {"event": "cut", "time_us": cut_us + 20_000},
        {"event": "boot", "time_us": cut_us + 300_000, "cause": 1, "prompt": False},
    ]
    set_health(sources, boots=2)
    objections(sources, "temperature at", LOST)


def test_an_external_reset_excuses_and_the_program_s_own_does_not():
    for injected in (True, False):
        sources = without_row(9)
        end_us = T0_US + 9 * S_US + 9000
        sources.events += [
            {"event": "reset", "time_us": end_us, "cause": 2, "injected": injected},
            {"event": "boot", "time_us": end_us + 300_000, "cause": 2, "prompt": False},
        ]
        set_health(sources, reset_cause=2, crashes=1)
        if injected:
            balanced(sources, cut_short=3)
        else:
            objections(sources, "temperature at", LOST)


def test_a_row_that_was_in_flash_before_the_cut_was_not_cut_short():
    sources = without_row(9)
    cut_us = T0_US + 9 * S_US + 50_000
    sources.events += [
        {"event": "cut", "time_us": cut_us},
        {"event": "boot", "time_us": cut_us + 300_000, "cause": 1, "prompt": False},
    ]
    set_health(sources, boots=2)
    balanced(sources, cut_short=3)
    whole = Sources()
    readings = whole.rows[9]
    sources.rows[9] = readings
    sources.remove_row(9, cut_us + 400_000)
    objections(sources, "temperature at", LOST)


def test_a_row_in_flash_was_read():
    sources = Sources()
    sources.forget_row(9, flash=False)
    sources.remove_row(9, LAST_US + S_US // 4)
    time_us = T0_US + 9 * S_US
    for what in ({"fault": "nak"}, {"unread_us": time_us}):
        sources.accesses.append({"time_us": time_us, "device": "bme280", **what})
    objections(sources, "temperature at", LOST)


# RTC memory


def with_gap(sources, before, after):
    """Record a gap between two rows in the flash of sources."""
    sources.gaps = Gaps(1, ((T0_US + before * S_US, T0_US + after * S_US),))
    return sources


def test_rows_in_rtc_memory_are_lost_only_by_a_cut():
    def cut_after(rows, kind="cut", durability="stage"):
        sources = with_gap(Sources(), rows[0] - 1, rows[-1] + 1)
        for row in rows:
            sources.forget_row(row)
        count = 3 * len(rows)
        set_health(sources, sampled=30 - count, waiting=30 - count, gaps=1, boots=2)
        sources.said(delivered=ALL_COUNT - count)
        sources.typed["node"]["durability"] = durability
        end_us = T0_US + (rows[-1] + 1) * S_US - 200_000
        sources.events += [
            {"event": kind, "time_us": end_us, "cause": 2, "injected": True},
            {"event": "boot", "time_us": end_us + 100_000, "cause": 1, "prompt": False},
        ]
        return sources

    balanced(cut_after([3, 4, 5]), in_gap=9)
    # The node must record them in a gap that begins before them and ends after them.
    reported = "in no gap recorded in flash"
    for first, end in ((0, 2), (4, 6), (2, 4), (6, 9)):
        objections(with_gap(cut_after([3, 4, 5]), first, end), "temperature at", reported)
    sources = cut_after([3, 4, 5])
    sources.gaps = Gaps()
    objections(sources, "temperature at", reported)
    # A node with more gaps than the flash keeps records the newest; any gap of an undated boot
    # counts.
    sources.gaps = Gaps(2, ((T0_US + 7 * S_US, T0_US + 9 * S_US),))
    balanced(sources, in_gap=9)
    sources.gaps = Gaps(1, ((None, None),))
    balanced(sources, in_gap=9)
    objections(cut_after([3, 4, 5], durability="row"), "temperature at", LOST)
    objections(cut_after([3, 4, 5], kind="reset"), "temperature at", LOST)
    # A later row was already in flash.
    sources = cut_after([3, 4, 5])
    sources.events[-2]["time_us"] += 1_100_000
    sources.events[-1]["time_us"] += 1_100_000
    objections(sources, "temperature at", LOST)


def test_rows_without_a_later_row_are_not_in_a_gap_yet():
    sources = Sources()
    for row in (7, 8, 9, ROW_COUNT):
        sources.forget_row(row)
    sources.said(delivered=21, row=7, index=0)
    sources.typed["node"]["durability"] = "stage"
    # The last one was being measured at the power cut.
    sources.events[-1]["time_us"] = T0_US + 9 * S_US + 30_000
    balanced(sources, in_gap=6, cut_short=3, delivered=21)


# Rows without a date, and set-aside readings


def undated(rows):
    """Return Sources whose first rows were never dated, in a power cycle that ends after them."""
    sources = Sources()
    end_us = T0_US + rows * S_US - 300_000
    for row in range(rows):
        for reading in sources.rows[row]:
            reading.ticks_us = reading.stamp_us - T0_US + 4 * S_US
            reading.stamp_us, reading.boot = None, 1
    sources.points = [point for point in sources.points if point[1] > end_us]
    sources.events += [
        {"event": "cut", "time_us": end_us},
        {"event": "boot", "time_us": end_us + 100_000, "cause": 1, "prompt": False},
    ]
    sources.syncs_us = [end_us + 200_000]
    set_health(sources, boots=2)
    sources.said(delivered=ALL_COUNT - 3 * rows)
    return sources


def test_a_row_without_a_date_is_found_by_its_ticks_and_values():
    sources = undated(3)
    sources.said(row=0, index=0)
    account = sources.account()
    # The cursor is before them; the readings delivered after it still count as delivered.
    assert account.problems == [] and account.counts.waiting == 9


def test_set_aside_readings_were_refused_or_never_dated():
    sources = undated(3)
    sources.aside = [("harbor", 0, reading) for row in range(3) for reading in sources.rows[row]]
    put_aside(sources)
    set_health(sources, set_aside=9, waiting=21)
    balanced(sources, set_aside=9, delivered=ALL_COUNT - 9)
    # The time was known in that power cycle.
    sources.events = [event for event in sources.events if event["time_us"] in (
        T0_US - S_US, LAST_US + S_US // 2)]  # fmt: skip
    set_health(sources, boots=1)
    objections(sources, "temperature at", "set aside without a date, which the row of")


def test_a_reading_is_set_aside_for_a_lost_answer_only_if_one_may_have_been_lost():
    sources, _ = with_one_aside(1)
    objections(sources, "load at", "set aside for a lost answer, and no answer was lost")
    sources.answers.append((LAST_US, "harbor_v2", 0))
    balanced(sources, set_aside=1)


def put_aside(sources):
    aside = sources.aside
    sources.changes.append((T0_US, lambda flash: flash.aside.extend(aside)))


def with_one_aside(status):
    """Return sources with a reading that is set aside, and that reading."""
    sources = Sources()
    reading = sources.rows[2][1]
    sources.points = [
        point for point in sources.points if point[:2] != (reading.channel, reading.stamp_us)
    ]
    sources.aside = [("harbor", status, reading)]
    put_aside(sources)
    sources.said(delivered=ALL_COUNT - 1)
    return sources, reading


def test_a_reading_is_set_aside_only_after_a_refusal():
    sources, reading = with_one_aside(400)
    for status in (401, 429, 503, 400):
        sources.answers.append((LAST_US, "harbor_v2", status))
        objections(sources, "load at", "set aside, and the server has not refused it alone")
    sources.refused = [sources.rows[2][0]]
    objections(sources, "load at", "set aside, and the server has not refused it alone")
    sources.refused.append(reading)
    balanced(sources, set_aside=1)
