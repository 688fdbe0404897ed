"""The clock at each of its bounds and on both sides of it, to the millisecond."""

import struct

from support.node.check import raises
from support.queue.damage import read_file, write_file
from support.queue.folders import fresh
from support.time.clocks import TRUE, new_clock
from wherry import small_file
from wherry.rows.frame import MS, UNDATED
from wherry.stage.state import new_state
from wherry.time.clock import Clock, newest_ms, next_due
from wherry.time.setting import goes_on, load_anchors, rtc_shift, sync

FIVE_MINUTES, TEN_MINUTES, HOUR = 300_000, 600_000, 3_600_000
DRIFT_MAX = 5000


def synced(drift_ppm=0):
    """Return a clock that learned at tick 1,000 that the time is TRUE."""
    clock = new_clock()
    assert sync(clock, 1000, TRUE)
    clock.state.drift_ppm = drift_ppm
    return clock


def test_ticks_count_from_where_a_boot_began():
    clock = new_clock(rtc_ms=1300)
    assert (clock.state.boot, clock.ticks(1300), clock.ticks(5000)) == (4, 0, 3700)
    assert clock.doubt_ms is None
    clock.begin(5, 2000)
    assert (clock.state.boot, clock.ticks(1300), clock.ticks(2001)) == (5, -700, 1)


def test_true_time_is_the_elapsed_time_with_the_drift_rounded_down():
    for drift_ppm, passed, more in (
        (0, 12_345, 0), (1, 999_999, 0), (1, 1_000_000, 1), (-1, 1, -1), (-1, 1_000_001, -2),
        (250, HOUR, 900), (-250, HOUR, -900), (5, -200_000, -1),
    ):  # fmt: skip
        found = synced(drift_ppm).true_ms(1000 + passed)
        assert found == TRUE + passed + more, (drift_ppm, passed)


def test_a_stamp_is_rounded_to_the_nearest_second_half_of_one_up():
    clock = synced()
    for ms, s in ((0, 0), (1, 0), (499, 0), (500, 1), (999, 1), (1499, 1), (1500, 2)):
        assert clock.stamp(1000 + ms, False, 0) == (0, 0, TRUE // 1000 + s, 0), ms
        assert clock.stamp(1000 + ms, True, 0) == (MS, 0, TRUE // 1000 + ms // 1000, ms % 1000)


def test_a_stamp_comes_after_the_last_one_if_that_is_less_than_five_minutes_ahead():
    clock = synced()
    # (by how much the last stamp is ahead of the row's time TRUE, by how much the row's stamp is)
    for ahead_ms, after in (
        (-1, None), (0, 1), (1, 2), (999, 1000), (FIVE_MINUTES - 1, FIVE_MINUTES),
        (FIVE_MINUTES, None), (FIVE_MINUTES + 1, None),
    ):  # fmt: skip
        for ms in (False, True):
            stamp = clock.stamp(1000, ms, TRUE + ahead_ms)
            expected = (0 if not ms else MS, 0, TRUE // 1000, 0)
            if after:
                expected = MS, 0, (TRUE + after) // 1000, (TRUE + after) % 1000
            assert stamp == expected, (ahead_ms, ms)
    # A row later than the last stamp is stamped with its own time.
    assert clock.stamp(1020, False, TRUE) == (MS, 0, TRUE // 1000, 20)
    assert clock.stamp(1020, False, TRUE + 20) == (MS, 0, TRUE // 1000, 21)


def test_an_undated_stamp_has_the_ticks_of_its_boot():
    clock = new_clock()
    assert clock.stamp(1_999, False, 0) == (MS | UNDATED, 4, 1, 999)
    assert clock.stamp(2_000, True, TRUE) == (MS | UNDATED, 4, 2, 0)
    assert sync(clock, 2_500, TRUE)
    for s, ms, true_ms in ((1, 999, TRUE - 501), (2, 500, TRUE), (3, 501, TRUE + 1001)):
        dated = clock.date(MS | UNDATED, 4, s, ms)
        assert dated == (true_ms // 1000, true_ms % 1000), (s, ms)
        assert newest_ms((MS | UNDATED, 4, s, ms), 77) == 77
    assert clock.date(UNDATED, 4, 2, 0) == (TRUE // 1000 - 1, 500)
    assert clock.date(MS, 4, 2, 1) == (2, 1) and clock.date(UNDATED, 3, 2, 0) is None
    assert newest_ms((0, 0, 12, 0), 77) == 12_000 and newest_ms((MS, 0, 12, 34), 77) == 12_034


def test_the_next_due_time_on_a_grid_is_after_now():
    for due, every, now, expected in (
        (100, 10, 99, 100), (100, 10, 100, 110), (100, 10, 101, 110), (100, 10, 109, 110),
        (100, 10, 110, 120), (100, 10, 1234, 1240), (0, 7, 0, 7), (-5, 10, -6, -5), (-5, 10, 0, 5),
    ):  # fmt: skip
        assert next_due(due, every, now) == expected, (due, every, now)


def test_the_size_of_the_jump_settles_a_cut_while_the_rtc_is_set():
    # (pending step, resulting ticks, True if the step was done, True if the boot continues)
    for pending, ticks, done, on in (
        (0, 5000, False, True), (0, 4999, False, False), (0, -1, False, False),
        (HOUR, 5000 + HOUR, True, True), (HOUR, 5000 + HOUR + 9, True, True),
        (HOUR, 5000 + HOUR - 1, False, True), (HOUR, 5000, False, True),
        (HOUR, 4999, False, False), (-HOUR, 5000, False, True), (-HOUR, 4999, True, True),
        (-HOUR, 5000 - HOUR, True, True), (-HOUR, 4999 - HOUR, True, False),
    ):  # fmt: skip
        state = new_state()
        state.zero_ms, state.saved_ticks, state.pending_ms = 1300, 5000, pending
        case = pending, ticks
        assert goes_on(state, 1300 + ticks) == on, case
        assert state.pending_ms == 0 and state.saved_ticks == 5000, case
        assert state.zero_ms == 1300 + (pending if done else 0), case


def test_a_step_of_more_than_five_minutes_needs_two_answers_within_ten_seconds():
    for sign in (1, -1):
        clock = synced()
        assert sync(clock, 1000, TRUE + sign * FIVE_MINUTES), sign
        assert clock.doubt_ms is None and clock.state.clock_error_ms == sign * FIVE_MINUTES
        for apart_ms, taken in ((0, True), (10_000, True), (-10_000, True), (10_001, False)):
            clock = synced()
            step = sign * (FIVE_MINUTES + 1)
            assert not sync(clock, 2000, TRUE + 1000 + step)
            state = clock.state
            assert (state.ref_ticks, state.ref_ms, state.clock_error_ms) == (1000, TRUE, 0)
            step *= 4
            assert not sync(clock, 3000, TRUE + 2000 + step)
            assert sync(clock, 9000, TRUE + 8000 + step + apart_ms) == taken, (sign, apart_ms)
            expected = (9000, TRUE + 8000 + step + apart_ms) if taken else (1000, TRUE)
            assert (state.ref_ticks, state.ref_ms) == expected
            # A step is not counted as drift.
            assert state.drift_ppm == 0


def test_drift_is_learned_after_ten_minutes_from_an_error_of_at_most_one_percent():
    second_passed = TEN_MINUTES + 1
    for passed, error, before, drift in (
        (TEN_MINUTES, 600, 0, 0), (second_passed, 600, 0, 499), (HOUR, 36, 0, 5),
        (HOUR, -36, 0, -5), (HOUR, 36, 100, 105), (HOUR, HOUR // 100, 0, 5000),
        (HOUR, HOUR // 100 + 1, 0, 0), (HOUR, -HOUR // 100, 0, -5000),
        (HOUR, -HOUR // 100 - 1, 0, 0), (HOUR, HOUR // 100, 1, DRIFT_MAX),
        (HOUR, -HOUR // 100, -1, -DRIFT_MAX), (HOUR, 7200, 4000, DRIFT_MAX),
        (HOUR, 7199, 4000, 4999), (HOUR, -7200, -4001, -DRIFT_MAX),
    ):  # fmt: skip
        clock = synced(before)
        assert sync(clock, 1000 + passed, clock.true_ms(1000 + passed) + error)
        state = clock.state
        assert (state.drift_ppm, state.clock_error_ms) == (drift, error), (passed, error)
        assert state.ref_ticks == 1000 + passed and state.synced == 1


def test_the_error_of_a_clock_is_reported_up_to_six_days():
    for error in (1 << 29, -(1 << 29), (1 << 29) + 1, -(1 << 29) - 1, 1 << 35):
        clock = synced()
        assert not sync(clock, 2000, TRUE + 1000 + error)
        assert sync(clock, 2000, TRUE + 1000 + error)
        assert clock.state.clock_error_ms == max(-(1 << 29), min(1 << 29, error))


def test_the_first_answer_of_a_boot_is_its_anchor_in_flash():
    path = fresh() + "/anchors"
    clock = new_clock(path)
    assert clock.state.synced == 0 and sync(clock, 1000, TRUE)
    state = clock.state
    assert (state.last_ms, state.own_last_ms, state.fast_last_ms) == (TRUE, TRUE, 0)
    assert (state.synced, state.ref_ticks, state.ref_ms) == (1, 1000, TRUE)
    assert read_file(path)[:-4] == struct.pack("<Iqq", 4, 1000, TRUE)
    assert sync(clock, 5000, TRUE + 4400)
    # The anchor is final: a later answer changes no dates.
    assert clock.anchors == {4: (1000, TRUE)} == load_anchors(path)
    assert (state.last_ms, state.clock_error_ms) == (TRUE, 400)
    earlier = new_clock(path)
    earlier.begin(2, 0)
    assert sync(earlier, 7, TRUE - 9)
    coded = struct.pack("<Iqq", 2, 7, TRUE - 9) + struct.pack("<Iqq", 4, 1000, TRUE)
    assert read_file(path)[:-4] == coded


def test_a_file_of_anchors_is_read_up_to_its_first_incomplete_entry():
    path = fresh() + "/anchors"
    assert load_anchors(path) == {}
    coded = struct.pack("<Iqq", 1, -5, TRUE) + struct.pack("<Iqq", 1 << 31, 1 << 40, -1)
    expected = {1: (-5, TRUE), 1 << 31: (1 << 40, -1)}
    for content, count in ((coded, 2), (coded[:-1], 1), (coded + b"\0" * 19, 2), (coded[:19], 0)):
        small_file.write(path, content)
        kept = {boot: expected[boot] for boot in sorted(expected)[:count]}
        assert load_anchors(path) == kept, len(content)
    write_file(path, coded)
    assert load_anchors(path) == {}


def test_an_anchor_that_the_flash_refuses_changes_nothing():
    clock = Clock(new_state(), fresh() + "/none/anchors", {})
    clock.begin(4, 0)
    raises(OSError, sync, clock, 1000, TRUE)
    assert not clock.state.synced and not clock.anchors and not clock.state.ref_ms


def test_the_rtc_may_be_an_hour_off():
    clock = synced()
    for off_ms, shift in (
        (0, 0), (HOUR, 0), (-HOUR, 0), (HOUR + 1, -HOUR - 1), (-HOUR - 1, HOUR + 1),
    ):  # fmt: skip
        clock.state.zero_ms = TRUE - 1000 + off_ms
        assert rtc_shift(clock, TRUE + off_ms) == shift, off_ms
