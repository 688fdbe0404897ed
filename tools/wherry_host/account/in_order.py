"""Pair the rows of a FIFO with its samples by their order and their values.

A stamp may be off by more than the time between two samples, and two samples of an object at rest
may be equal. But a long enough series of values occurs only once.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from difflib import SequenceMatcher

from wherry_host.account.matching import STALLED_MATCH_US

# The smallest number of rows in a series: fewer rows may match by chance.
_RUN_COUNT_MIN = 4
# The largest number of rows that are compared in one step.
_PART_COUNT = 1000


def in_order(samples, entries, speed=1):
    """Return [(sample, entry)] for the FIFO samples that are found by the order of their rows.

    `entries` are (channel, time_us, value, Reading); `speed` is the highest speed of the run's
    clock.
    """
    own = defaultdict(list)
    for sample in samples:
        if sample.is_fast:
            own[sample.device].append(sample)
    pairs = []
    for found in own.values():
        steps = {sample.channel: sample.step for sample in found}
        measured = _grouped(((sample.time_us,), sample.channel, sample) for sample in found)
        rows = _grouped(
            (entry[3].row_key, entry[0], entry)
            for entry in entries
            if entry[0] in steps and entry[1] is not None
        )
        rows = [row for row in rows if row.keys() == steps.keys()]
        pairs += _aligned(measured, rows, steps, STALLED_MATCH_US * max(speed, 1))
    return pairs


def _grouped(found):
    """Return a {channel: sample or entry} for each key, sorted by the first part of the keys."""
    groups = defaultdict(dict)
    for key, channel, each in found:
        groups[key][channel] = each
    return [groups[key] for key in sorted(groups, key=lambda key: key[0])]


def _aligned(measured, rows, steps, span_us):
    times_us = [next(iter(each.values())).time_us for each in measured]
    kinds = [_kind({name: each.value for name, each in one.items()}, steps) for one in measured]
    taken = 0
    for begin in range(0, len(rows), _PART_COUNT):
        part = rows[begin : begin + _PART_COUNT]
        stamps_us = [next(iter(row.values()))[1] for row in part]
        first = max(bisect_left(times_us, min(stamps_us) - span_us), taken)
        last = bisect_right(times_us, max(stamps_us) + span_us)
        own = [_kind({name: each[2] for name, each in row.items()}, steps) for row in part]
        matcher = SequenceMatcher(None, own, kinds[first:last], autojunk=False)
        for block in matcher.get_matching_blocks():
            if block.size < _RUN_COUNT_MIN:
                continue
            for i in range(block.size):
                row, one = part[block.a + i], measured[first + block.b + i]
                if abs(stamps_us[block.a + i] - times_us[first + block.b + i]) <= span_us:
                    yield from ((one[name], row[name]) for name in steps)
            taken = first + block.b + block.size


def _kind(values, steps):
    """Return a key that is equal for measurements whose values cannot be distinguished."""
    return tuple(round(values[name] / steps[name]) for name in steps)
