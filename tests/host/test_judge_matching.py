"""What was measured finds what is kept of it, though stamps are off and values repeat."""

import random

from wherry_host.judge.matching import nearest
from wherry_host.judge.samples import Sample

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


def off_us(sample, entry):
    return abs(entry[1] - sample.time_us)
