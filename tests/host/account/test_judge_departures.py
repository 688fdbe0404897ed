"""Rows that left the flash are found by bisecting a run, with the same result as a full search."""

import random
from itertools import pairwise
from math import log2

from wherry_host.account.departures import departures
from wherry_host.account.flash import Flash, Reading

RUN_COUNT, OPERATION_COUNT_MAX = 200, 400


class Log:
    """A FlashWitness: `moments` are the rows after each operation; `read_count` as in its base."""

    def __init__(self, moments):
        self.moments = moments
        self.count = len(moments) - 1
        self.read_count = 0

    def after(self, count):
        self.read_count += 1
        readings = [Reading(row, 0, "t", 0.5, row) for row in self.moments[count]]
        return Flash(readings=readings, queue_size=count)


def random_run(chance):
    """Return the rows after each operation: rows come in order; any but the newest may leave."""
    moments, rows, newest = [()], [], -1
    may_leave = chance.choice((0, 0.01, 0.1))
    for _ in range(chance.randint(1, OPERATION_COUNT_MAX)):
        if len(rows) > 1 and chance.random() < may_leave:
            begin = chance.choice((0, chance.randrange(len(rows) - 1)))
            end = min(begin + chance.randint(1, 9), len(rows) - 1)
            del rows[begin : end : chance.choice((1, 2))]
        elif chance.random() < 0.5:
            # Skipped numbers were never there.
            first = newest + (9 if chance.random() < 0.02 else 1)
            newest = first + chance.randint(0, 4)
            rows += range(first, newest + 1)
        moments.append(tuple(rows))
    return moments


def left(moments):
    """Return [(operation, the rows that it removed)], by examining each operation."""
    pairs = enumerate(pairwise(moments))
    gone = [(count, set(before).difference(after)) for count, (before, after) in pairs]
    return [(count, rows) for count, rows in gone if rows]


def test_departures_are_found_as_by_a_full_search():
    seed = random.getrandbits(20)
    print("seed", seed)
    for case in range(RUN_COUNT):
        moments = random_run(random.Random(f"{seed} {case}"))
        log = Log(moments)
        found = [(each.queue_size, {row.row for row in each.readings}) for each in departures(log)]
        expected = left(moments)
        assert found == expected, (seed, case)
        numbers = sorted({-1}.union(*moments))
        jumps = sum(after > before + 1 for before, after in pairwise(numbers))
        looks = (len(expected) + jumps) * (log2(len(moments)) + 1) + 2
        assert log.read_count <= looks, (seed, case, log.read_count, looks)


def test_the_newest_rows_are_found_if_present_at_a_named_moment():
    moments = [(), (0,), (0, 1), (0, 1, 2), (0, 1), (0, 1)]
    assert list(departures(Log(moments))) == []
    (found,) = departures(Log(moments), [3])
    assert [each.row for each in found.readings] == [2] and found.queue_size == 3
