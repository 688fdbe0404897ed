"""Room in a queue: when it is made, what is dropped, and a full flash."""

import os

from support.queue.damage import write_file
from support.queue.full_flash import Refusing
from support.queue.grown import SIZE_FULL, SIZE_MAX, grown, rows_of
from support.queue.rows import ENV, read_rows
from support.queue.small_segments import small_segments
from wherry import small_file
from wherry.queue import append as queue_append
from wherry.queue import new_segment, room
from wherry.queue.queue import Queue
from wherry.queue.room import drop_oldest, make_room, queue_size

ENOSPC, EIO = 28, 5
# (consecutive flash errors, number of dropped segments, errno of the raised error or 0)
FULL = (
    ([ENOSPC], 1, 0), ([ENOSPC] * 2, 2, 0), ([EIO], 0, EIO), ([ENOSPC, EIO], 1, EIO),
    ([ENOSPC] * 4, 3, ENOSPC),
)  # fmt: skip


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


def error_of(action, *args):
    """Return the errno of the error that an action raises, or 0 if it succeeds."""
    try:
        action(*args)
    except OSError as error:
        return error.errno
    return 0


def check_left(queue, names, dropped, end):
    """Check that the `dropped` oldest segments are gone, and that all later rows exist."""
    assert queue.next_row == end and queue.segments[0] == names[dropped]
    assert [row[0] for row in read_rows(queue)] == list(range(names[dropped], end))
    again = Queue(queue.root, ENV, False, SIZE_MAX)
    assert again.hint() == queue.hint() and not again.damaged


@small_segments(SIZE_FULL)
def test_on_a_full_flash_the_oldest_segment_is_dropped_for_a_row():
    for is_many in (False, True):
        for errors, dropped, reported in FULL:
            queue, _, _ = grown(4)
            names, end = list(queue.segments), queue.next_row
            row = rows_of(end, 1)[0]
            action, given = (queue.extend, [[row]]) if is_many else (queue.append, row)
            with Refusing(errors, queue_append) as flash:
                assert error_of(action, *given) == reported, errors
            assert flash.errors == [] and flash.paths == [queue.row_path] * len(errors)
            check_left(queue, names, dropped, end + (not reported))


@small_segments(SIZE_FULL)
def test_on_a_full_flash_the_oldest_segment_is_dropped_for_a_new_one():
    for errors, dropped, reported in FULL:
        queue, _, _ = grown(4)
        names, end = list(queue.segments), queue.next_row
        queue.spill()
        queue.append(*rows_of(end, 1)[0])
        queue.segment_size = 1
        with Refusing(errors, new_segment) as flash:
            assert error_of(queue.spill) == reported, errors
        assert flash.errors == [] and queue.segments[-1] == names[-1] if reported else end
        check_left(queue, names, dropped, end + 1)
