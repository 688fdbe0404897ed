"""When a chip takes its samples: the bounds of age and period, number by number.

Each expected number follows from the previous one by the rules in Pace's docstring: at first a
period may be wrong by an eighth, a look by its jitter, and the period may drift by 1/32768 and
1 us per look.
"""

import random

from wherry.sampling.pace import Pace


def state(pace):
    return pace.low_us, pace.high_us, pace.period_us, pace.doubt_us


def pace_of(low_us, high_us, doubt_us=0, period_us=100_000):
    """Return a Pace with these bounds, this doubt and this period."""
    pace = Pace(period_us)
    pace.low_us, pace.high_us, pace.doubt_us = low_us, high_us, doubt_us
    return pace


def test_a_start_has_wide_bounds():
    for period_us, doubt_us, age_us in (
        (100_000, 12_500, 50_000),
        (10_000, 1250, 5000),
        (7, 0, 3),
    ):
        pace = Pace(period_us)
        assert state(pace) == (0, period_us, period_us, doubt_us)
        assert pace.age_us() == age_us


def test_each_look_narrows_the_period():
    pace = Pace(100_000)
    for passed_us, count, expected in (
        # The first look sets the base: the age is between the jitter and the longest period.
        (100_000, 1, (-1000, 112_500, 100_000, 12_504)),
        (100_000, 1, (-1000, 113_504, 100_000, 12_508)),
        # The 101 samples since the base took 9 985 492 to 10 213 500 us.
        (10_000_000, 100, (-1000, 113_508, 99_995, 1133)),
    ):
        assert pace.look(passed_us, 1000, count, False) == 0
        assert state(pace) == expected, (count, state(pace))
    assert pace.age_us() == (113_508 - 1000) // 2


def test_a_base_is_replaced_after_256_samples():
    for count, is_new in ((254, False), (255, False), (256, True), (300, True)):
        pace = pace_of(0, 0)
        pace.look(100_000, 1000, 1, False)
        base = pace._base
        pace.look(count * 100_000, 1000, count, False)
        if is_new:
            assert pace._base == (pace.low_us, pace.high_us, 0, 0), count
        else:
            assert pace._base == base[:2] + (count * 100_000, count), count
    # A look that finds no sample adds its time to the base.
    pace = pace_of(0, 0)
    pace.look(100_000, 1000, 1, False)
    before = pace.period_us, pace.doubt_us
    pace.look(5000, 1000, 0, False)
    assert pace._base[2:] == (5000, 0) and (pace.period_us, pace.doubt_us) == (
        before[0],
        before[1] + 4,
    )


def test_a_changed_period_is_measured_again():
    pace = pace_of(50_000, 50_000, 10)
    assert pace.look(100_000, 0, 1, False) == 0
    assert state(pace) == (49_990, 50_010, 100_000, 14)
    # Two samples came in 149 990 to 150 010 us, the time of about one.
    assert pace.look(100_000, 0, 2, False) == 0
    assert state(pace) == (0, 0, 75_000, 9)
    # If only one period is possible, it is used.
    pace = pace_of(50_000, 50_000, 10)
    pace.look(100_000, 0, 1, False)
    pace.doubt_us = 0
    pace.look(100_000, 0, 1, False)
    assert (pace.period_us, pace.doubt_us) == (100_000, 4)


def test_the_age_stays_within_possible_bounds():
    for low_us, high_us, passed_us, count, expected in (
        (40_000, 60_000, 0, 0, (40_000, 60_000)),
        (40_000, 60_000, 10_000, 0, (50_000, 70_000)),
        # The age is limited to the jitter below 0, and to the longest period plus the jitter.
        (40_000, 60_000, 0, 1, (-1000, -1000)),
        (40_000, 60_000, 40_000, 1, (-1000, 0)),
        (40_000, 60_000, 59_000, 1, (-1000, 19_000)),
        (40_000, 60_000, 59_500, 1, (-500, 19_500)),
        (40_000, 60_000, 41_000, 0, (81_000, 101_000)),
        (40_000, 60_000, 42_000, 0, (82_000, 101_000)),
        (40_000, 60_000, 61_000, 0, (101_000, 101_000)),
    ):
        pace = pace_of(low_us, high_us)
        assert pace.look(passed_us, 1000, count, False) == 0
        assert (pace.low_us, pace.high_us) == expected, (passed_us, count, state(pace))
    # The doubt about the period widens both bounds, once per sample.
    pace = pace_of(40_000, 60_000, 100)
    pace.look(200_000, 1000, 2, False)
    assert (pace.low_us, pace.high_us) == (39_800, 60_200)


def test_samples_count_as_missing_when_certain():
    for passed_us, missing in (
        (61_000, 0), (61_001, 1), (159_999, 1), (160_000, 2), (259_999, 2), (260_000, 3),
    ):  # fmt: skip
        pace = pace_of(40_000, 40_000)
        pace.look(100_000, 1000, 1, False)
        pace.doubt_us, pace.low_us, pace.high_us = 0, 40_000, 40_000
        assert pace.look(passed_us, 1000, 0, False) == missing, passed_us
        if missing:
            assert state(pace) == (0, 100_000, 100_000, 0) and pace._base is None
    # Samples count as missing only beyond the doubt and the jitter.
    for doubt_us, jitter_us, passed_us in ((0, 5000, 65_000), (300, 1000, 61_300)):
        assert pace_of(40_000, 40_000, doubt_us).look(passed_us, jitter_us, 0, False) == 0
        assert pace_of(40_000, 40_000, doubt_us).look(passed_us + 1, jitter_us, 0, False) == 1


def test_samples_of_a_full_fifo_count_as_missing_when_likely():
    for is_full, passed_us, missing in (
        (True, 51_000, 0), (True, 51_001, 1), (False, 51_001, 0), (False, 101_000, 0),
        (False, 101_001, 1), (True, 149_999, 1), (True, 150_000, 2),
    ):  # fmt: skip
        assert pace_of(0, 100_000).look(passed_us, 1000, 0, is_full) == missing, (
            is_full,
            passed_us,
        )
        with_eight = pace_of(0, 100_000).look(passed_us + 800_000, 1000, 8, is_full)
        assert with_eight == missing, (is_full, passed_us)


def test_unread_samples_make_the_newest_read_sample_older():
    pace = pace_of(40_000, 60_000)
    pace.look(100_000, 1000, 1, False)
    pace.unread(3)
    assert state(pace) == (340_000, 360_000, 100_000, 4) and pace._base is None
    pace.unread(0)
    assert state(pace)[:2] == (340_000, 360_000)


def test_the_truth_is_always_within_the_bounds():
    seed = random.getrandbits(30)
    print("40 chips, seed", seed)
    random.seed(seed)
    for chip in range(40):
        nominal_us = random.choice((10_000, 40_000, 100_000, 1_000_000))
        period_us = nominal_us + nominal_us * random.randint(-100, 100) // 1000
        pace = Pace(nominal_us)
        # At the start the age is between 0 and a nominal period.
        next_us, now_us = random.randint(max(1, period_us - nominal_us), period_us), 0
        for look in range(60):
            passed_us = random.randint(1, 16) * period_us + random.randrange(period_us)
            now_us += passed_us
            count = (now_us - next_us) // period_us + 1 if now_us >= next_us else 0
            next_us += count * period_us
            assert pace.look(passed_us, 1000, count, False) == 0, (seed, chip, look)
            age_us = now_us - (next_us - period_us)
            assert pace.low_us <= age_us <= pace.high_us, (seed, chip, look)
            assert abs(period_us - pace.period_us) <= pace.doubt_us, (seed, chip, look)
        # After these looks the period is known to within a hundredth.
        assert pace.doubt_us * 100 < nominal_us, (seed, chip, pace.doubt_us)
