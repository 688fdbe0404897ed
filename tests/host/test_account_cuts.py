"""The account of a run with bursts, with power cuts, and with rows that have no date yet."""

from account_sources import ROW_COUNT, S_US, T0_US, Sources, objections
from wherry.health_channels import CHANNELS as HEALTH
from wherry_host.owner.kept import Reading


def with_bursts(wrong_us=3000):
    """Return Sources with three bursts of ten samples each, after all else."""
    sources = Sources()
    begin_us = sources.ends_us.pop() + 20 * S_US
    for first in range(ROW_COUNT + 1, ROW_COUNT + 31, 10):
        for row in range(first, first + 10):
            time_us = begin_us + row * 100_000
            value = row * 7 % 10 / 1000
            entry = {"time_us": time_us, "device": "lis3dh", "channel": "x", "value": value}
            sources.truth.append(entry)
            sources.kept.readings.append(
                Reading(row, 0, "acceleration_x", time_us + wrong_us, value)
            )
            sources.points.append(("acceleration_x", time_us + wrong_us, value))
        text = f"1.000 rows {first} to {first + 9}: 10 readings"
        sources.lines.append((time_us + 50_000, text))
    sources.progress.cursor = (row + 1, 0)
    sources.ends_us.append(time_us + S_US)
    return sources


def test_the_samples_of_a_burst_are_told_apart():
    # Nearer to its neighbour than to its own sample, but for its value.
    for wrong_us in (3000, -30_000, 49_000):
        account = with_bursts(wrong_us).account()
        assert account.problems == [], wrong_us
        assert account.counts.delivered == 3 * ROW_COUNT + len(HEALTH) + 30


def test_a_sample_lost_from_a_burst_is_told_unless_the_node_told_it():
    for place in (-28, -12):
        sources = with_bursts()
        time_us = sources.points[place][1]
        sources.points = [point for point in sources.points if point[1] != time_us]
        sources.kept.readings = [
            each for each in sources.kept.readings if each.stamp_us != time_us
        ]
        objections(sources, "acceleration_x", "lost")
        sources.lines.append((time_us, "1.000 sensor lis3dh: 1 samples lost"))
        account = sources.account()
        assert account.balances and account.unread == 1, account.problems


def test_a_sample_that_was_in_the_chip_at_the_end_is_cut_short():
    sources = with_bursts()
    # Taken while others were read: the line of those came later.
    time_us = sources.lines[-1][0] - 1000
    entry = {"time_us": time_us, "device": "lis3dh", "channel": "x", "value": 0.5}
    sources.truth.append(entry)
    account = sources.account()
    assert account.balances and account.counts.cut_short == 1, account.problems


def test_rows_that_a_cut_took_from_rtc_memory_lie_in_a_gap():
    sources = Sources()
    for row in (3, 4):
        sources.forget_row(row)
    sources.kept.gaps = [(None, T0_US), (T0_US + 2 * S_US, T0_US + 4 * S_US)]
    objections(sources, "lost: row 4", "nowhere")
    sources.kept.gaps[1] = (T0_US + 2 * S_US + 2000, T0_US + 5 * S_US + 2000)
    account = sources.account()
    assert account.balances and account.counts.in_gap == 6
    sources.kept.gaps[1] = (T0_US + 2 * S_US, None)
    assert sources.account().balances
    # What the flash has must have been delivered all the same.
    sources.forget_row(7, flash=False)
    objections(sources, "lost: row 7", "behind the cursor")


def test_a_row_is_cut_short_only_between_the_last_line_and_the_end():
    sources = Sources()
    sources.forget_row(5, line=True)
    objections(sources, "lost")
    sources.ends_us.append(T0_US + 5 * S_US + 9000)
    account = sources.account()
    assert account.problems == []
    assert account.counts.cut_short == 3
    assert account.counts.sampled == account.counts.delivered


def test_a_battery_reading_that_a_cut_divides_is_two():
    sources = Sources()
    sources.forget_row(5, line=True)
    sources.ends_us.append(T0_US + 5 * S_US + 350)
    sources.truth = [
        entry
        for entry in sources.truth
        if not T0_US + 5 * S_US + 350 < entry["time_us"] < T0_US + 6 * S_US
    ]
    account = sources.account()
    assert account.problems == []
    assert account.counts.cut_short == 3


def cut_in_a_row():
    """Return Sources of which a cut caught row 5, and a reading of row 6 that is not delivered."""
    sources = Sources()
    sources.forget_row(5, line=True)
    sources.ends_us.append(T0_US + 5 * S_US + 9000)
    reading = sources.kept.readings[15]
    sources.points.remove((reading.channel, reading.stamp_us, reading.value))
    return sources, reading


def test_what_a_cut_caught_does_not_pass_for_the_next_row():
    sources, unread = cut_in_a_row()
    sources.kept.readings.remove(unread)
    sources.lines[5] = (sources.lines[5][0], "1.000 row 6: 2 readings")
    account = sources.account()
    assert account.problems == []
    assert (account.counts.cut_short, account.unread) == (3, 1)


def test_what_a_cut_caught_is_not_set_aside_with_the_next_row():
    sources, aside = cut_in_a_row()
    sources.progress.set_aside.append(aside)
    account = sources.account()
    assert account.problems == []
    assert (account.counts.cut_short, account.counts.set_aside) == (3, 1)


def test_an_undated_row_is_found_by_its_line():
    sources = Sources()
    for reading in sources.kept.readings[:3]:
        reading.stamp_us = None
    sources.points = sources.points[3:]
    sources.progress.cursor = (0, 0)
    account = sources.account()
    assert account.problems == []
    assert account.counts.waiting == 3


def test_an_undated_row_is_found_without_its_line_if_the_power_went():
    sources = Sources()
    last = sources.kept.readings[27:30]
    for reading in last:
        reading.stamp_us = None
    sources.points = sources.points[:27]
    sources.forget_row(10)
    sources.progress.cursor = (9, 0)
    del sources.lines[9:]
    sources.ends_us[:] = [T0_US + 9 * S_US + 900_000]
    account = sources.account()
    assert account.problems == []
    assert (account.counts.waiting, account.counts.cut_short) == (3, 0)


def test_the_node_s_own_undated_row_waits_without_its_line():
    sources = Sources()
    own = sources.kept.readings[30:]
    for reading in own:
        reading.stamp_us = None
    sources.points = sources.points[:30]
    sources.progress.cursor = (ROW_COUNT, 0)
    # The power went after the row was stored, and before the console told of it.
    del sources.lines[ROW_COUNT]
    account = sources.account()
    assert account.problems == []
    assert account.counts.waiting == len(own)
