"""Ticks, anchors and stamps: final dates, in order, large steps, a cut while the RTC is set."""

import struct

from support.node.check import raises
from support.queue.damage import write_file
from support.queue.folders import fresh
from support.time.clocks import TRUE, new_clock
from wherry import small_file
from wherry.rows.frame import MS, UNDATED
from wherry.stage.state import new_state
from wherry.time import anchors, rtc
from wherry.time.clock import Clock, newest_ms
from wherry.time.rtc import goes_on
from wherry.time.setting import sync


def test_a_row_before_the_time_is_known_gets_a_final_date_later():
    path = fresh() + "/anchors"
    clock = new_clock(path)
    flags, boot, s, ms = clock.stamp(12_345, False, 0)
    assert (flags, boot, s, ms) == (MS | UNDATED, 4, 12, 345)
    assert clock.date(flags, boot, s, ms) is None
    assert sync(clock, 60_000, TRUE)
    assert clock.date(flags, boot, s, ms) == (847_999_952, 345)
    # A later, better answer changes later stamps only.
    assert sync(clock, 3_660_000, TRUE + 3_600_000 + 250)
    assert clock.date(flags, boot, s, ms) == (847_999_952, 345)
    assert Clock(new_state(), path, anchors.load(path), bytearray(2048)).date(
        flags, boot, s, ms
    ) == (
        847_999_952,
        345,
    )
    assert clock.date(flags, 5, s, ms) is None
    assert clock.date(0, 0, 77, 8) == (77, 8)


def test_stamps_round_and_keep_their_order():
    clock = new_clock()
    sync(clock, 0, TRUE + 400)
    assert clock.stamp(0, True, 0) == (MS, 0, TRUE // 1000, 400)
    first = clock.stamp(1000, False, TRUE)
    assert first == (0, 0, TRUE // 1000 + 1, 0)
    # That second is used already, so the ms are used; two stamps of one moment are never equal.
    last_ms = newest_ms(first, TRUE)
    second = clock.stamp(1050, False, last_ms)
    assert second == (MS, 0, TRUE // 1000 + 1, 450)
    last_ms = newest_ms(second, last_ms)
    assert clock.stamp(1050, False, last_ms) == (MS, 0, TRUE // 1000 + 1, 451)
    # A stamp that is rounded up to a second is later than the next row.
    last_ms = newest_ms(clock.stamp(1250, False, last_ms), last_ms)
    assert last_ms == TRUE + 2000
    assert clock.stamp(1300, True, last_ms) == (MS, 0, TRUE // 1000 + 2, 1)
    undated = new_clock().stamp(5, False, last_ms)
    assert undated == (MS | UNDATED, 4, 0, 5) and newest_ms(undated, last_ms) == last_ms


def test_a_row_after_the_anchor_does_not_get_a_stamp_before_it():
    clock = new_clock()
    row = clock.stamp(1_000, False, 0)
    sync(clock, 1_300, TRUE + 300)
    state = clock.state
    assert clock.date(*row) == (TRUE // 1000, 0)
    for last_ms in (state.last_ms, state.own_last_ms):
        assert clock.stamp(1_310, False, last_ms) == (MS, 0, TRUE // 1000, 310)


def test_drift_is_learned_and_bounded():
    clock = new_clock()
    sync(clock, 0, TRUE)
    true, ticks = TRUE, 0
    for _ in range(12):
        # The sleep clock runs 0.2 % fast, so there are too many ticks.
        true += 3_600_000
        ticks += 3_607_200
        sync(clock, ticks, true)
    assert -2100 < clock.state.drift_ppm < -1900
    assert abs(clock.state.clock_error_ms) < 50
    for _ in range(9):
        true += 3_600_000
        ticks += 3_700_000
        sync(clock, ticks, true)
    assert clock.state.drift_ppm >= -5000


def test_a_cut_while_the_rtc_is_set_leaves_the_ticks_intact():
    for was_set in (False, True):
        clock = new_clock(rtc_ms=1300)
        sync(clock, 5_000, TRUE)
        state = clock.state
        shift = rtc.shift(clock, 6_300)
        assert shift == TRUE - 6_300
        state.pending_ms = shift
        state.saved_ticks = 5_000
        rtc_ms = 6_300 + 700 + (shift if was_set else 0)
        assert goes_on(state, rtc_ms)
        assert clock.ticks(rtc_ms) == 5_700 and state.pending_ms == 0
        assert clock.true_ms(clock.ticks(rtc_ms)) == TRUE + 700


def test_an_rtc_that_went_back_is_another_boot():
    clock = new_clock()
    clock.state.saved_ticks = 1_000_000
    assert goes_on(clock.state, 1_001_300)
    assert not goes_on(clock.state, 5_000)


def test_anchors_are_bounded():
    path = fresh() + "/anchors"
    for boot in range(100):
        clock = Clock(new_state(), path, anchors.load(path), bytearray(2048))
        clock.begin(boot, 0)
        sync(clock, 0, TRUE + boot * 1000)
    kept = [boot for boot in range(100) if clock.date(MS | UNDATED, boot, 0, 0)]
    assert kept == list(range(36, 100))


FIVE_MINUTES, HOUR = 300_000, 3_600_000


def synced(drift_ppm=0):
    """Return a clock that learned at tick 1,000 that the time is TRUE."""
    clock = new_clock()
    assert sync(clock, 1000, TRUE)
    clock.state.drift_ppm = drift_ppm
    return clock


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


def test_a_step_of_more_than_five_minutes_needs_two_sources_within_ten_seconds():
    for sign in (1, -1):
        clock = synced()
        assert sync(clock, 1000, TRUE + sign * FIVE_MINUTES), sign
        assert clock.doubts is None and clock.state.clock_error_ms == sign * FIVE_MINUTES
        for apart_ms, taken in ((0, True), (10_000, True), (-10_000, True), (10_001, False)):
            clock = synced()
            step = sign * (FIVE_MINUTES + 1)
            assert not sync(clock, 2000, TRUE + 1000 + step)
            state = clock.state
            assert (state.ref_ticks, state.ref_ms, state.clock_error_ms) == (1000, TRUE, 0)
            step *= 4
            for _ in range(2):
                # A second answer of the same server confirms nothing.
                assert not sync(clock, 3000, TRUE + 2000 + step, 0, 1)
            taken_now = sync(clock, 9000, TRUE + 8000 + step + apart_ms, 0, -1)
            assert taken_now == taken, (sign, apart_ms)
            expected = (9000, TRUE + 8000 + step + apart_ms) if taken else (1000, TRUE)
            assert (state.ref_ticks, state.ref_ms) == expected
            # A step is not counted as drift.
            assert state.drift_ppm == 0


def test_a_file_of_anchors_is_read_up_to_its_first_incomplete_entry():
    path = fresh() + "/anchors"
    assert anchors.load(path) == {}
    coded = struct.pack("<Iqq", 1, -5, TRUE) + struct.pack("<Iqq", 1 << 31, 1 << 40, -1)
    expected = {1: (-5, TRUE), 1 << 31: (1 << 40, -1)}
    for content, count in ((coded, 2), (coded[:-1], 1), (coded + b"\0" * 19, 2), (coded[:19], 0)):
        small_file.write(path, content)
        kept = {boot: expected[boot] for boot in sorted(expected)[:count]}
        assert anchors.load(path) == kept, len(content)
    write_file(path, coded)
    assert anchors.load(path) == {}


def test_an_anchor_that_the_flash_refuses_changes_nothing():
    clock = Clock(new_state(), fresh() + "/none/anchors", {}, bytearray(2048))
    clock.begin(4, 0)
    raises(OSError, sync, clock, 1000, TRUE)
    assert not clock.state.synced and not clock.anchors and not clock.state.ref_ms


def test_the_rtc_may_be_an_hour_off():
    clock = synced()
    for off_ms, shift in (
        (0, 0), (HOUR, 0), (-HOUR, 0), (HOUR + 1, -HOUR - 1), (-HOUR - 1, HOUR + 1),
    ):  # fmt: skip
        clock.state.zero_ms = TRUE - 1000 + off_ms
        assert rtc.shift(clock, TRUE + off_ms) == shift, off_ms
