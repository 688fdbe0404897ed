"""Ticks, anchors and stamps: final dates, in order, correct after a cut while the RTC is set."""

from support.queue.folders import fresh
from support.time.clocks import TRUE, new_clock
from wherry.rows.frame import MS, UNDATED
from wherry.stage.state import new_state
from wherry.time.clock import Clock, newest_ms
from wherry.time.setting import goes_on, load_anchors, rtc_shift, sync


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
    assert Clock(new_state(), path, load_anchors(path)).date(flags, boot, s, ms) == (
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


def test_a_large_step_needs_a_second_answer():
    clock = new_clock()
    sync(clock, 0, TRUE)
    assert not sync(clock, 10_000, TRUE + 86_400_000)
    assert clock.true_ms(10_000) == TRUE + 10_000
    assert not sync(clock, 20_000, TRUE + 3 * 86_400_000)
    assert sync(clock, 30_000, TRUE + 3 * 86_400_000 + 10_000)
    assert clock.true_ms(30_000) == TRUE + 3 * 86_400_000 + 10_000


def test_a_cut_while_the_rtc_is_set_leaves_the_ticks_intact():
    for was_set in (False, True):
        clock = new_clock(rtc_ms=1300)
        sync(clock, 5_000, TRUE)
        state = clock.state
        shift = rtc_shift(clock, 6_300)
        assert shift == TRUE - 6_300
        state.pending_ms = shift
        state.saved_ticks = 5_000
        rtc = 6_300 + 700 + (shift if was_set else 0)
        assert goes_on(state, rtc)
        assert clock.ticks(rtc) == 5_700 and state.pending_ms == 0
        assert clock.true_ms(clock.ticks(rtc)) == TRUE + 700


def test_an_rtc_that_went_back_is_another_boot():
    clock = new_clock()
    clock.state.saved_ticks = 1_000_000
    assert goes_on(clock.state, 1_001_300)
    assert not goes_on(clock.state, 5_000)


def test_only_a_far_off_rtc_is_moved():
    clock = new_clock(rtc_ms=0)
    sync(clock, 100, TRUE)
    assert rtc_shift(clock, 100) == TRUE - 100
    clock.state.zero_ms = TRUE - 100
    assert rtc_shift(clock, TRUE + 500) == 0


def test_anchors_are_bounded():
    path = fresh() + "/anchors"
    for boot in range(100):
        clock = Clock(new_state(), path, load_anchors(path))
        clock.begin(boot, 0)
        sync(clock, 0, TRUE + boot * 1000)
    kept = [boot for boot in range(100) if clock.date(MS | UNDATED, boot, 0, 0)]
    assert kept == list(range(36, 100))
