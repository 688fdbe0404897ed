"""A reading that is neither delivered nor in flash was dropped, thinned, set aside or undated."""

import pytest
from support.account.judge_sources import (
    ALL_COUNT,
    LAST_US,
    LOST,
    S_US,
    T0_US,
    Sources,
    balanced,
    objections,
)

# A full flash


def left_flash(*rows, queue_size_max=None, **counts):
    """Return Sources of rows that left the flash: (row, s from the start, state of the flash)."""
    sources = Sources()
    sources.typed["node"]["queue_size_max"] = queue_size_max
    for row, at_s, state in rows:
        sources.forget_row(row, flash=False)
        sources.remove_row(row, T0_US + at_s * S_US, **state)
    sources.said(delivered=ALL_COUNT - 3 * len(rows), **counts)
    return sources


# Segments are full at 1250 bytes; seven quarters of that are 2187 bytes.
@pytest.mark.parametrize(("state", "queue_size_max", "is_full"), [
    ({"fullness": 0.84}, None, True),
    ({"fullness": 0.3}, None, False),
    ({"queue_size": 7302}, 10_000, True),
    ({"queue_size": 7301}, 10_000, False),
])  # fmt: skip
def test_a_row_that_left_a_full_flash_was_dropped(state, queue_size_max, is_full):
    sources = left_flash((2, 6, state), queue_size_max=queue_size_max, dropped=3)
    if is_full:
        balanced(sources, dropped=3, delivered=ALL_COUNT - 3)
        # The ledger must count it.
        sources.said(dropped=0)
        objections(sources, "harbor: the ledger says 0 dropped, the witnesses 3")
    else:
        objections(sources, "temperature at", LOST)


@pytest.mark.parametrize(("sizes", "lost"), [((9000, 100), 3), ((100, 8000), 2)])
def test_rows_that_leave_at_two_moments_are_judged_separately(sizes, lost):
    rows = [(row, at_s, {"queue_size": size}) for row, at_s, size in zip((2, 3), (6, 8), sizes)]
    sources = left_flash(*rows, queue_size_max=10_000, dropped=6)
    account = objections(sources, f"temperature at 11:06:4{lost}", LOST)
    assert account.counts.dropped == 3


def test_a_row_that_left_a_thinned_segment_was_thinned():
    state = {"fullness": 0.84, "thinned_rows": [(1, 4)]}
    balanced(left_flash((2, 6, state), thinned=3), thinned=3)


def test_a_row_that_was_never_in_a_full_flash_is_lost():
    sources = Sources()
    sources.forget_row(2)
    sources.changes.append((T0_US, lambda flash: setattr(flash, "fullness", 0.84)))
    sources.said(delivered=ALL_COUNT - 3, dropped=3)
    objections(sources, "temperature at", LOST)


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
    sources.end("cut", end_us, 100_000)
    sources.syncs_us = [end_us + 200_000]
    sources.said(delivered=ALL_COUNT - 3 * rows)
    return sources


def put_aside(sources, status, readings):
    aside = [("harbor", status, reading) for reading in readings]
    sources.changes.append((T0_US, lambda flash: flash.aside.extend(aside)))


def test_a_row_without_a_date_is_found_by_its_ticks_and_values():
    sources = undated(3)
    sources.said(row=0, index=0)
    account = sources.account()
    # The cursor is before them; the readings delivered after it still count as delivered.
    assert account.problems == [] and account.counts.waiting == 9


def test_a_reading_without_a_date_is_set_aside_only_if_its_power_cycle_had_none():
    sources = undated(3)
    sources.typed["time"]["undated"] = "hold"
    put_aside(sources, 0, [reading for row in range(3) for reading in sources.rows[row]])
    sources.set_health(set_aside=9, waiting=21)
    balanced(sources, set_aside=9, delivered=ALL_COUNT - 9)
    # The time was known in that power cycle.
    sources.events = [sources.events[0], sources.events[1]]
    sources.set_health(boots=1)
    objections(sources, "temperature at", "set aside without a date, which the row of")


def with_one_aside(status):
    """Return sources with a reading that is set aside, and that reading."""
    sources = Sources()
    reading = sources.rows[2][1]
    sources.drop_points(reading)
    put_aside(sources, status, [reading])
    sources.said(delivered=ALL_COUNT - 1)
    return sources, reading


def test_a_reading_is_set_aside_for_a_lost_answer_only_if_one_may_have_been_lost():
    sources, _ = with_one_aside(1)
    objections(sources, "load at", "set aside for a lost answer, and no answer was lost")
    sources.answers.append((LAST_US, "harbor_v2", 0))
    balanced(sources, set_aside=1)


def test_a_reading_is_set_aside_only_after_a_refusal():
    sources, reading = with_one_aside(400)
    sources.answers += [(LAST_US, "harbor_v2", status) for status in (401, 429, 503, 400)]
    sources.refused = [sources.rows[2][0]]
    objections(sources, "load at", "set aside, and the server has not refused it alone")
    sources.refused.append(reading)
    balanced(sources, set_aside=1)
