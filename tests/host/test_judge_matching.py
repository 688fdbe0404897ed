"""What was measured finds what is kept of it, though stamps are off and values repeat."""

import random

from wherry_host.account.matching import nearest
from wherry_host.account.samples import Sample

AXES = ("x", "y", "z")
PERIOD_US = 97_000
ROW_COUNT = 400


def fast_rows(chance, late_us):
    """Return samples of three axes of few values, and their rows' entries, off by `late_us`."""
    samples, entries = [], []
    for i in range(ROW_COUNT):
        time_us = 1_800_000_000_000_000 + i * PERIOD_US
        stamp_us = time_us + late_us + chance.randint(-3000, 3000)
        for axis in AXES:
            value = chance.randint(0, 3)
            samples.append(Sample(axis, time_us, value))
            entries.append((axis, stamp_us, value, i))
    return samples, entries


def test_rows_that_are_half_a_period_late_are_not_taken_for_their_neighbours():
    for seed in range(6):
        for late_us in (0, -48_000, 48_000):
            samples, entries = fast_rows(random.Random(seed), late_us)
            pairs = nearest(samples, entries)
            assert len(pairs) == len(samples)
            wrong = [(sample, entry) for sample, entry in pairs if off_us(sample, entry) > 52_000]
            assert not wrong, (seed, late_us, wrong[:3])


def slow_rows(early_us, at=30):
    """Return samples of 2 s, and their entries, of which one is stamped too early."""
    begin_us = 1_800_000_000_000_000
    samples = [Sample("t", begin_us + 2_000_000 * i, 0.5 * i) for i in range(60)]
    entries = [("t", each.time_us + 900, each.value, i) for i, each in enumerate(samples)]
    channel, time_us, value, i = entries[at]
    entries[at] = channel, time_us - early_us, value, i
    return samples, entries


def test_what_a_computer_that_stood_still_stamped_finds_its_measurement():
    samples, entries = slow_rows(9_900_000)
    pairs = nearest(samples, entries, 10)
    assert sorted(entry[3] for _, entry in pairs) == list(range(60))
    assert all(sample.value == entry[2] for sample, entry in pairs)
    # On a clock that is no faster than the computer's it is no sample of the account's.
    assert sorted(entry[3] for _, entry in nearest(samples, entries)) != list(range(60))


def test_a_copy_of_a_point_is_not_taken_for_a_sample_that_is_lost():
    samples, entries = slow_rows(0)
    for each in samples[28:33]:
        each.value = 7
    entries[28:33] = [(channel, time_us, 7, i) for channel, time_us, _, i in entries[28:33]]
    del entries[30]
    entries.append((*entries[30][:3], 60))
    pairs = nearest(samples, entries)
    assert samples[30] not in [sample for sample, _ in pairs]


def off_us(sample, entry):
    return abs(entry[1] - sample.time_us)
