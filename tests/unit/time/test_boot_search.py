"""The search for the rows of boots: like a walk over all rows, with few files opened."""

import random

from support.queue.file_reads import FileReads
from support.queue.folders import fresh
from support.ring.device import Device
from wherry.queue.queue import Queue
from wherry.queue.reader import QueueReader
from wherry.ring.ring import Ring
from wherry.rows.frame import MS, UNDATED
from wherry.time.estimates import Search

SEED = 20261202
NAMES = (("temperature", "°C", 2), ("humidity", "%", 2), ("uncertainty", "ms", 0))
LIVES, SIZE_FULL = 12, 6000
OPENS_MAX = 12


def row_of(boot, i, is_own=False):
    flags = MS | UNDATED if boot else 0
    ms = i * 7 % 1000 if boot else 0
    mask, values = (4, [i]) if is_own else (3, [i * 7919 % 99_991, -i])
    return flags, boot, 848_000_000 + 10 * i, ms, mask, values


def rows_of_a_life():
    """Return dated rows, then boots without a time; the node's own dated rows are anywhere."""
    rows = []
    boots = [0] * random.randint(0, 2) + sorted([random.randint(5, 20) for _ in range(4)])
    for boot in boots:
        for _ in range(random.choice((1, 3, 40, 400, 1500))):
            rows.append(row_of(boot, len(rows)))
            if random.randint(0, 30) == 0:
                rows += [row_of(0, len(rows) + j, True) for j in range(random.randint(1, 40))]
    return rows


def filled(queue, rows):
    at = 0
    while at < len(rows):
        count = random.randint(1, 15)
        if hasattr(queue, "extend"):
            queue.extend(rows[at : at + count])
        else:
            for row in rows[at : at + count]:
                queue.append(*row)
        at += count
    return queue


def walked(queue, boot):
    """Return the number after the last row of a boot or an earlier one, by a walk over all."""
    reader = queue.reader()
    reader.seek(0)
    end, stamp = 0, None
    while reader.next():
        rows = reader.rows
        if rows.boot <= boot and rows.mask < 4:
            end, stamp = rows.row + 1, (rows.flags, rows.boot, rows.s, rows.ms)
    return end, stamp


def check(queue):
    """Check the search for each boot; return the most files that it opened."""
    opens = 0
    for boot in range(21):
        search = Search(queue)
        with FileReads() as counted:
            found = search.first_after(boot, 0, queue.next_row)
        assert (found, search.stamp) == walked(queue, boot), (boot, found)
        opens = max(opens, counted.opens)
    return opens


def small_queue():
    queue = Queue(fresh(), NAMES, False, 900_000, own_count=1)
    queue.segment_size = SIZE_FULL
    return queue


def test_boots_are_found_as_by_a_walk_over_all_rows():
    random.seed(SEED)
    worst = 0
    for _ in range(LIVES):
        worst = max(worst, check(filled(small_queue(), rows_of_a_life())))
    print("%d queues, %d files opened at most, seed %d" % (LIVES, worst, SEED))
    assert worst <= OPENS_MAX


def test_boots_are_found_next_to_damage():
    random.seed(SEED + 1)
    for _ in range(LIVES):
        queue = filled(small_queue(), rows_of_a_life())
        for name in queue.segments:
            with open(queue.path(name), "r+b") as file:
                at = random.randint(200, SIZE_FULL)
                if at < file.seek(0, 2) - 1500:
                    file.seek(at)
                    file.write(bytes(random.choice((10, 700, 1500))))
        check(queue)


def test_boots_are_found_in_a_ring():
    random.seed(SEED + 2)
    rows = rows_of_a_life()
    ring = filled(Ring(Device(16), fresh(), NAMES, False, own_count=1), rows)
    check(ring)


def test_the_search_stays_fed_where_only_the_nodes_own_rows_come():
    queue = filled(small_queue(), [row_of(0, i, True) for i in range(5000)])
    calls = []
    queue.idle = lambda: calls.append(reader.rows.row if reader.rows else 0)
    reader = queue.upload_reader = QueueReader(queue)
    Search(queue).first_after(3, 0, queue.next_row)
    ways = [abs(calls[i + 1] - calls[i]) for i in range(len(calls) - 1)]
    assert len(calls) > 30 and sorted(ways)[len(ways) // 2] == 32
