"""Proof from the numbers of a node's rows; `node_row` is the number of the health row itself."""

from bisect import bisect_left
from collections import defaultdict
from itertools import pairwise


def never_made_good(short):
    """Return the lasting shortage at each health row, without readings that were only late."""
    short = short[:]
    for i in range(len(short) - 2, -1, -1):
        short[i] = min(short[i], short[i + 1])
    return [max(0, count) for count in short]


def left_out(life, short, points, times):
    """Yield (health before, health, (first row, last row), number of rows without a point).

    Only stretches between numbered health rows without a missing counted reading are included.
    `short` are the readings missing up to each row of `life`; `times` are the stamps of all
    Points.
    """
    numbered = [i for i, health in enumerate(life) if health.counters["row"] is not None]
    if not numbered:
        return
    first = life[numbered[0]]
    begin = bisect_left(times, first.time_us)
    rows = []
    for i in numbered:
        there = len(set(times[begin : bisect_left(times, life[i].time_us)]))
        rows.append(life[i].counters["row"] - first.counters["row"] - there)
    rows = never_made_good(rows)
    for (a, i), (b, j) in pairwise(zip(rows, numbered, strict=True)):
        before, health = life[i], life[j]
        shared = _shared(points, before.time_us, health.time_us) if b > a else 0
        if b - a > shared and short[i] == short[j]:
            yield before, health, (before.counters["row"], health.counters["row"] - 1), b - a


def _shared(points, begin_us, end_us):
    """Return how many stamps may belong to two rows, because fast sensors have separate rows."""
    rows = defaultdict(set)
    for channel, times in points.times.items():
        for time_us in times[bisect_left(times, begin_us) : bisect_left(times, end_us)]:
            rows[time_us].add(channel)
    kinds = set(map(frozenset, rows.values()))
    return sum(any(kind < row for kind in kinds) for row in rows.values())
