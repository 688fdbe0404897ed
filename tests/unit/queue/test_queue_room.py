"""Room in a queue: when it is made, what is dropped, and which uplinks are asked."""

import os

from support.queue.damage import write_file
from support.queue.folders import fresh
from support.queue.grown import SIZE_FULL, grown
from support.queue.rows import ENV
from support.queue.small_segments import small_segments
from wherry import small_file
from wherry.queue import room
from wherry.queue.queue import Queue
from wherry.queue.room import drop_oldest, is_near_full, make_room, queue_size


@small_segments(SIZE_FULL)
def test_the_oldest_segment_is_dropped_at_the_exact_byte_where_room_ends():
    for more, dropped in ((0, 0), (-1, 1), (-900, 1), (-1100, 2), (-100_000, 3)):
        queue, _, root = grown(4)
        names = list(queue.segments)
        # Until the next check, the queue may grow by an eighth of a segment and a frame.
        queue.size_max = queue_size(queue) + SIZE_FULL // 8 + 256 + more
        make_room(queue)
        assert queue.segments == names[dropped:], more
        assert queue_size(queue) == sum([os.stat(queue.path(n))[6] for n in names[dropped:]])
        queue.on_drop = lambda end, readings: False
        queue.size_max = 0
        make_room(queue)
        assert queue.segments == names[dropped:]
    assert root


def test_a_queue_is_near_full_when_thinning_no_longer_has_room():
    queue = Queue(fresh(), ENV, False, 400_000)
    for segment_size in (1000, 1001, 4096):
        queue.segment_size = segment_size
        for size_max in (6 * segment_size - 1, 6 * segment_size, 9 * segment_size):
            queue.size_max = size_max
            # Thinning needs room for seven quarters of a segment and for two frames.
            bound = size_max - segment_size * 7 // 4 - 512
            for size in (bound - 1, bound, bound + 1, size_max):
                expected = size > bound and size_max >= 6 * segment_size
                assert is_near_full(queue, size) == expected, (segment_size, size_max, size)


@small_segments(SIZE_FULL)
def test_making_room_begins_to_thin_a_nearly_full_queue():
    for more, is_thinning in ((0, False), (-1, True)):
        queue, _, _ = grown(6)
        queue.is_thinning = None
        queue.size_max = queue_size(queue) + SIZE_FULL * 7 // 4 + 512 + more
        make_room(queue)
        assert queue.is_thinning is is_thinning and len(queue.segments) == 6
    queue.size_max = 1 << 30
    make_room(queue)
    assert queue.is_thinning is True


@small_segments(SIZE_FULL)
def test_the_size_of_a_queue_includes_a_thinned_segment_but_no_other_files():
    queue, _, root = grown(3)
    size = sum([os.stat(queue.path(name))[6] for name in queue.segments])
    write_file(root + "/segments/thinned", bytes(77))
    write_file(root + "/segments/other", bytes(50))
    write_file(root + "/rows/other", bytes(50))
    for is_thinning, more in ((None, 0), (False, 0), (True, 77)):
        queue.is_thinning = is_thinning
        assert queue_size(queue) == size + more


class Listed:
    """An `os` whose `ilistdir` returns sizes, as on a chip, or does not, as on a desktop."""

    def __init__(self, has_sizes):
        self._has_sizes = has_sizes
        self.asked = []

    def ilistdir(self, folder):
        for name in os.listdir(folder):
            size = os.stat(folder + "/" + name)[6]
            yield (name, 0x8000, 0, size) if self._has_sizes else (name, 0x8000, 0)

    def stat(self, path):
        self.asked.append(path)
        return os.stat(path)


@small_segments(SIZE_FULL)
def test_a_chip_looks_up_no_size_that_its_listing_has():
    queue, _, _ = grown(3)
    size = queue_size(queue)
    for has_sizes in (True, False):
        room.os = Listed(has_sizes)
        try:
            assert queue_size(queue) == size
            assert (not room.os.asked) == has_sizes
        finally:
            room.os = os


class Owner:
    """An owner that forbids the first drop."""

    def __init__(self):
        self.asked = []

    def on_drop(self, end, settled):
        self.asked.append((end, settled))
        return len(self.asked) > 1


@small_segments(SIZE_FULL)
def test_drops_are_reported_and_counted():
    for damaged, dropped in (((), 1), ((1,), 2), ((1, 2), 3), ((1, 2, 3), 1), ((0,), 1)):
        queue, _, root = grown(4)
        names = list(queue.segments)
        readings = 3 * names[1] if damaged == (1, 2, 3) else 3 * names[dropped]
        for i in damaged:
            with open(queue.path(names[i]), "r+b") as file:
                file.write(b"\0")
        small_file.make_folder(root + "/cursors")
        ledger = queue.ledger("harbor")
        ledger.delivered = 10
        ledger.save()
        owner = Owner()
        queue.on_drop = owner.on_drop
        assert drop_oldest(queue) is False and queue.segments == names
        assert queue.ledger("harbor").row == 0
        assert drop_oldest(queue) is True and queue.segments == names[dropped:]
        # If the heads cannot be read, the number of readings is unknown.
        readings = 0 if damaged == (1, 2, 3) else readings
        assert owner.asked == [(names[dropped], readings)] * 2, damaged
        ledger = queue.ledger("harbor")
        assert (ledger.row, ledger.dropped) == (names[dropped], max(0, readings - 10))
        assert os.listdir(root + "/rows") and sorted(queue.places) == names[dropped:]


@small_segments(SIZE_FULL)
def test_a_segment_is_not_dropped_if_it_is_being_walked_or_is_the_only_one():
    queue, _, _ = grown(2)
    names = list(queue.segments)
    queue.is_walked = True
    assert drop_oldest(queue) is False and queue.segments == names
    queue.is_walked = False
    assert drop_oldest(queue) is True and queue.segments == names[1:]
    assert drop_oldest(queue) is False and queue.segments == names[1:]
