"""Measurements are matched with kept rows, even with inaccurate stamps and repeated values."""

import random

from wherry_host.account.flash import Reading
from wherry_host.account.in_order import in_order
from wherry_host.account.matching import nearest
from wherry_host.account.samples import Sample

AXES = ("x", "y", "z")
PERIOD_US = 97_000
ROW_COUNT, FIFO_COUNT = 400, 2500


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


def test_rows_half_a_period_late_are_not_mistaken_for_their_neighbours():
    for seed in range(6):
        for late_us in (0, -48_000, 48_000):
            samples, entries = fast_rows(random.Random(seed), late_us)
            pairs = nearest(samples, entries)
            assert len(pairs) == len(samples)
            wrong = [(sample, entry) for sample, entry in pairs if off_us(sample, entry) > 52_000]
            assert not wrong, (seed, late_us, wrong[:3])


def fifo_run(chance):
    """Return samples of an object at rest, and the entries of their rows: {sample: its row}.

    Some stretches of samples overran the FIFO. The rows of one read are stamped too early or too
    late by the same time, up to 1.2 s.
    """
    samples, entries, row_of = [], [], {}
    gone, error_us, row = 0, 0, 0
    for i in range(FIFO_COUNT):
        time_us = 1_800_000_000_000_000 + i * 40_000
        if chance.random() < 0.02:
            error_us = chance.randint(-1_200_000, 1_200_000)
        if chance.random() < 0.01:
            gone = chance.randint(1, 40)
        gone = max(gone - 1, 0)
        for index, axis in enumerate(AXES):
            value = 0.004 * chance.randint(0, 3)
            sample = Sample(axis, time_us, value, "lis3dh", 0.001)
            samples.append(sample)
            if not gone:
                reading = Reading(row, index, axis, value, time_us + error_us)
                entries.append((axis, reading.stamp_us, value, reading))
                row_of[sample] = row
        row += not gone
    return samples, entries, row_of


def test_rows_of_a_fifo_are_found_by_their_order_with_any_stamps():
    seed = random.getrandbits(20)
    print("seed", seed)
    for case in range(8):
        samples, entries, row_of = fifo_run(random.Random(f"{seed} {case}"))
        pairs = in_order(samples, entries, 2)
        assert len(pairs) > 0.9 * len(entries), (seed, case)
        wrong = [sample for sample, entry in pairs if row_of.get(sample) != entry[3].row]
        # A sample next to one without a row may have the same values.
        assert len(wrong) < 0.01 * len(pairs), (seed, case, len(wrong))
        assert all(sample.allows(entry[2]) for sample, entry in pairs), (seed, case)


def slow_rows(early_us, at=30):
    """Return samples of 2 s, and their entries, of which one is stamped too early."""
    begin_us = 1_800_000_000_000_000
    samples = [Sample("t", begin_us + 2_000_000 * i, 0.5 * i) for i in range(60)]
    entries = [("t", each.time_us + 900, each.value, i) for i, each in enumerate(samples)]
    channel, time_us, value, i = entries[at]
    entries[at] = channel, time_us - early_us, value, i
    return samples, entries


def test_rows_stamped_during_a_stall_find_their_measurement():
    samples, entries = slow_rows(9_900_000)
    pairs = nearest(samples, entries, 10)
    assert sorted(entry[3] for _, entry in pairs) == list(range(60))
    assert all(sample.value == entry[2] for sample, entry in pairs)
    # On a clock not faster than the computer's it is not a sample of the account.
    assert sorted(entry[3] for _, entry in nearest(samples, entries)) != list(range(60))


def test_a_copy_of_a_point_does_not_hide_a_lost_sample():
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
