"""The judge finds hidden faults, which are planted in the evidence of a run that balances."""

import pytest
from support.account.judge_sources import (
    ALL_COUNT,
    HEALTH,
    LOST,
    S_US,
    T0_US,
    Sources,
    balanced,
    objections,
)


def test_a_complete_run_balances():
    account = balanced(Sources(), sampled=ALL_COUNT, delivered=ALL_COUNT)
    assert 1 < account.worst_stamp_error_ms < 3


def test_a_point_removed_from_the_table_is_lost():
    for channel in ("temperature", "load", "node_waiting"):
        sources = Sources()
        i = [point[0] for point in sources.points].index(channel)
        del sources.points[i]
        account = objections(sources, channel, "is in flash, and the node has passed it")
        assert account.counts.sampled == account.counts.delivered + 1


def test_a_missing_row_is_lost():
    sources = Sources()
    sources.forget_row(4)
    account = objections(sources, "temperature at", LOST)
    assert account.counts.sampled == account.counts.delivered + 3


def test_a_point_repeated_with_another_stamp_is_found():
    for shift_us in (3000, 400_000, 3600 * S_US, -86_400 * S_US):
        for i in (3, 4, -1):
            sources = Sources()
            channel, time_us, value, *rest = sources.points[i]
            sources.points.append((channel, time_us + shift_us, value, *rest))
            # A point before all rows in flash may belong to a row of health that has left the
            # flash; one more row then contradicts the rows that count the rows.
            is_old = channel.startswith("node_") and shift_us < -S_US
            objections(sources, *(("node_sampled",) if is_old else (channel, "duplicate")))


def test_a_wrong_value_is_found_in_the_table_and_in_flash():
    # The sensor's own resolution is not an excuse if the flash has the value.
    for error in (0.02, 0.01, 1e-4):
        sources = Sources()
        channel, time_us, value, *rest = sources.points[3]
        sources.points[3] = (channel, time_us, value + error, *rest)
        objections(sources, channel, "is stored, the flash has 20.1")
    sources = Sources()
    sources.rows[2][0].value += 1
    objections(sources, "the flash has", "was measured")


def test_a_stamp_too_far_off_is_found():
    sources = Sources()
    for i, (channel, time_us, *rest) in enumerate(sources.points):
        sources.points[i] = (channel, time_us + 49_000, *rest)
    for readings in sources.rows.values():
        for reading in readings:
            reading.stamp_us += 49_000
    objections(sources, "temperature at", "51.0 ms off")


def test_a_stamp_that_differs_from_the_flash_is_found():
    sources = Sources()
    channel, time_us, *rest = sources.points[9]
    sources.points[9] = (channel, time_us + 1000, *rest)
    objections(sources, "the flash has another stamp")


def test_a_point_that_no_measurement_accounts_for_is_found():
    for point in (("load", T0_US - 9 * S_US, 7.5), ("unknown", T0_US, 1.0)):
        sources = Sources()
        sources.points.append((*point, 0, T0_US))
        objections(sources, point[0], "unexplained")


def test_a_reading_in_flash_without_a_measurement_is_found():
    sources = Sources()
    del sources.truth[0]
    objections(sources, "row 0 in flash", "nothing was measured")


def test_rows_from_the_cursor_on_wait():
    sources = Sources()
    for row in (8, 9, 10):
        sources.forget_row(row, flash=False, line=False)
    sources.said(delivered=24, row=8, index=0)
    balanced(sources, waiting=2 * 3 + len(HEALTH), delivered=24)
    sources.said(row=8, index=1)
    objections(sources, "row 8 is in flash, and the node has passed it")


# Claims


@pytest.mark.parametrize(("line", "words"), [
    ("1.000 row 3: 4 readings", "row 3 at 13:06:43.022: the console says 4 readings, the flash"),
    ("1.000 row 11: 3 readings", "the console says 3 readings, the flash ends with row 10"),
])  # fmt: skip
def test_the_console_is_compared_with_the_flash(line, words):
    sources = Sources()
    sources.lines[3 if "row 3" in line else 10] = (T0_US + 3 * S_US + 22_000, line)
    account = sources.account()
    assert any(words.partition("at ")[0] in text for text in account.problems), account.problems
    assert any(words.rpartition(": ")[2] in text for text in account.problems)


def test_the_delivered_count_is_compared_with_the_server():
    sources = Sources()
    sources.lines[-1] = (sources.lines[-1][0], "1.000 harbor: delivered 99, 0 waiting")
    objections(sources, "harbor at 11:06:50.100: the console says 99 delivered, the server has 47")
    sources = Sources()
    sources.ledgers["harbor"] = sources.ledgers["harbor"]._replace(delivered=2 * ALL_COUNT)
    objections(sources, "harbor: the ledger says 94 delivered, the server has 47")


def test_rows_counted_as_dropped_must_have_been_dropped():
    for name in ("dropped", "thinned"):
        sources = Sources()
        sources.said(**{name: 3})
        objections(sources, f"the ledger says 3 {name}, the witnesses 0")


@pytest.mark.parametrize("name", HEALTH)
def test_the_node_s_own_readings_are_compared_with_the_truth(name):
    assert 77_777 not in HEALTH.values()
    sources = Sources()
    sources.set_health(**{name: 77_777})
    objections(sources, f"node_{name} at", "the node says 77777, the witnesses")
