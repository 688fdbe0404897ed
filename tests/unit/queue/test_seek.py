"""Seeks in large segments: each finds its row, reads little, and lets the node run."""

import random

from support.queue.file_reads import FileReads
from support.queue.folders import fresh
from support.queue.rows import read_rows, seen
from support.queue.thinning_rig import SENSORS, SIZE_FULL, Rig
from support.ring.device import Device
from wherry.queue.queue import Queue
from wherry.ring.ring import Ring
from wherry.rows.frame import RICE, ROWS

SEED = 20261201
NAMES = (("temperature", "°C", 2), ("humidity", "%", 2), ("pressure", "hPa", 2))
COUNT = 20_000
# Eight halvings of a segment of 128 KB, the window there, and one or two more.
READS_MAX, OPENS_MAX = 10, 3


def full(kind=ROWS, count=COUNT):
    """Return a queue with all rows in segments of 128 KB; a frame has about 12 rows."""
    queue = Queue(fresh(), NAMES, False, 2_000_000, kind=kind)
    for i in range(0, count, 12):
        queue.extend([row_of(j) for j in range(i, min(i + 12, count))])
    queue.spill()
    return queue


def row_of(i):
    return 0, 0, 848_000_000 + 10 * i, 0, 7, [i * 7919 % 99_991, i * 5417 % 99_961, -i]


def first_after(reader, row):
    """Seek a row with a reader; return what it finds, or None."""
    reader.seek(row)
    return seen(reader) if reader.next() else None


def damage(queue, begin, size):
    """Overwrite bytes of the first segment."""
    with open(queue.path(queue.segments[0]), "r+b") as file:
        file.seek(begin)
        file.write(bytes(size))


def check_seeks(queue, targets, there=None):
    """Seek targets in order with one reader; return the most opens and reads of a seek."""
    there = there or read_rows(queue)
    numbers = [each[0] for each in there]
    reader, opens, reads = queue.reader(), 0, 0
    for target in targets:
        at = 0
        while at < len(numbers) and numbers[at] < target:
            at += 1
        with FileReads() as counted:
            found = first_after(reader, target)
        assert found == (there[at] if at < len(there) else None), (target, found)
        opens, reads = max(opens, counted.opens), max(reads, counted.count)
    return opens, reads


def test_a_seek_in_a_full_segment_halves_whether_its_target_is_ahead_or_behind():
    queue = full()
    first, second = queue.segments[:2]
    far = (
        first + 1, first + 40, second - 1000, second - 1, first + 2, second - 2, second,
        second + 500, COUNT - 1, COUNT + 5, first + 5000, first + 5001, first + 5040, first + 9,
    )  # fmt: skip
    opens, reads = check_seeks(queue, far)
    # A target in another segment costs the head of that segment as well.
    assert opens <= OPENS_MAX and reads <= READS_MAX + 2, (opens, reads)
    print("%d opens, %d reads at most" % (opens, reads))


def test_random_targets_are_found_like_with_a_new_reader():
    random.seed(SEED)
    queue = full()
    targets = [random.randint(0, COUNT + 10) for _ in range(40)]
    # Short ways in both directions from some of them.
    for target in targets[::4]:
        targets += [target, target + random.randint(0, 60), max(0, target - 20)]
    check_seeks(queue, targets)
    print("%d targets, seed %d" % (len(targets), SEED))


def test_the_next_batch_costs_no_more_than_a_walk_from_the_last_one():
    queue = full()
    reader = queue.reader()
    first_after(reader, 5000)
    for begin in range(5000, 7000, 200):
        with FileReads() as counted:
            reader.seek(begin)
            assert counted.opens == 0, begin
            for row in range(begin, begin + 200):
                assert reader.next() and reader.rows.row == row
        # 200 rows are about 2,000 bytes, in windows of 512 that begin before them.
        assert counted.opens == counted.count <= 7, (begin, counted.opens)
    # A batch that is sent again begins at the same place.
    with FileReads() as counted:
        assert first_after(reader, begin)[0] == begin
    assert counted.opens <= 2


def test_a_repeated_seek_without_a_row_read_between_does_not_walk():
    queue = full()
    reader = queue.reader()
    first_after(reader, 100)
    for _ in range(3):
        reader.seek(9000)
    with FileReads() as counted:
        assert first_after(reader, 9000)[0] == 9000
    assert counted.count <= READS_MAX


def test_a_seek_beyond_damage_of_many_windows_does_not_walk_from_before_it():
    for begin, size in ((60_000, 4096), (65_000, 3000), (20_000, 100_000), (1000, 50_000)):
        queue = full()
        damage(queue, begin, size)
        there = read_rows(queue)
        numbers = [each[0] for each in there]
        gap = max(range(1, len(numbers)), key=lambda i: numbers[i] - numbers[i - 1])
        before, after = numbers[gap - 1], numbers[gap]
        ahead = (10, before, before + 1, after - 1, after, after + 30, queue.segments[1] - 1)
        _, reads = check_seeks(queue, ahead + tuple(reversed(ahead)), there)
        # A halving within the damage reads to its end, and a walk from before it does once more.
        assert reads <= READS_MAX + 3 + 8 * size // 272, (begin, size, reads)


def test_many_rows_in_one_frame_are_found_in_frames_of_rice():
    queue = Queue(fresh(), NAMES[:1], False, 2_000_000, kind=RICE)
    queue.extend([(0, 0, 848_000_000 + 10 * i, 0, 1, [7]) for i in range(COUNT)])
    queue.spill()
    opens, _ = check_seeks(queue, (1, 15_000, 15_001, 19_999, 3, 9000))
    assert opens <= OPENS_MAX


def test_rows_of_a_thinned_segment_are_found():
    rig = Rig(12 * SIZE_FULL)
    rig.queue.segment_size = 8 * SIZE_FULL
    rig.size_max = rig.queue.size_max = 64 * SIZE_FULL
    rig.fill(8000, (SENSORS,))
    queue = rig.queue
    there = read_rows(queue)
    steps = [there[i + 1][0] - there[i][0] for i in range(len(there) - 1)]
    assert max(steps) >= 2
    last = there[-1][0]
    targets = [there[0][0] + 1, there[0][0] + 500, last - 100, last, last + 1, there[0][0]]
    check_seeks(queue, targets + [target - 333 for target in targets[1:-1]], there)


def test_the_way_to_a_row_is_taken_in_pieces():
    queue = Queue(fresh(), NAMES[:1], False, 2_000_000, kind=RICE)
    queue.extend([(0, 0, 848_000_000 + 10 * i, 0, 1, [7]) for i in range(COUNT)])
    calls = []
    reader = queue.reader()
    queue.idle = lambda: calls.append(reader.rows.row)
    assert first_after(reader, COUNT - 1)[0] == COUNT - 1
    ways = [calls[i + 1] - calls[i] for i in range(len(calls) - 1)]
    assert len(calls) > 3 and max(ways) == 32


def test_damaged_bytes_are_passed_in_pieces():
    queue = full()
    damage(queue, 1000, 100_000)
    reader = queue.reader()
    calls = []
    queue.idle = lambda: calls.append(reader._walker.damaged)
    reader.seek(0)
    while reader.next():
        pass
    # One call for each KB of them, and one for the last frame that the damage begins in.
    assert calls == [1024 * (i + 1) for i in range(len(calls))] and len(calls) == 97


def ring_of(count):
    device = Device(64)
    ring = Ring(device, fresh(), NAMES, False)
    for i in range(count):
        ring.append(*row_of(i))
    return ring, device


def test_a_seek_in_a_ring_does_not_walk_over_pages():
    ring, device = ring_of(20_000)
    there = read_rows_of(ring)
    low, high = there[0], there[-1]
    reader = ring.reader()
    for target in (low, low + 10, high - 5, high, low + 1, (low + high) // 2, high - 1, high + 1):
        before = device.reads
        found = first_after(reader, target)
        assert (found and found[0]) == (target if target <= high else None), target
        # Six or seven heads by halving, then a page of 4 KB in windows of 512.
        assert device.reads - before <= 8 + 4 + 12, (target, device.reads - before)


def test_the_way_to_a_row_of_a_ring_is_taken_in_pieces():
    ring, _ = ring_of(5000)
    calls = []
    reader = ring.reader()
    ring.idle = lambda: calls.append(reader.rows.row)
    row = ring.next_row - 1
    assert first_after(reader, row)[0] == row
    ways = [calls[i + 1] - calls[i] for i in range(len(calls) - 1)]
    assert calls and all(way == 32 for way in ways)


def read_rows_of(ring):
    reader = ring.reader()
    reader.seek(0)
    found = []
    while reader.next():
        found.append(reader.rows.row)
    return found
