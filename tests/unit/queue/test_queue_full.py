"""A queue with little room: when room is made, what is dropped, and a full flash."""

import os

from support.node.check import raises
from support.queue.by_hand import head
from support.queue.damage import read_file
from support.queue.folders import fresh
from support.queue.full_flash import Refusing
from support.queue.grown import SIZE_FULL, SIZE_MAX, grown, rows_of
from support.queue.rows import ENV, append, read_rows
from support.queue.small_segments import small_segments
from wherry.queue import append as queue_append
from wherry.queue import many, new_segment, walk
from wherry.queue.queue import Queue

ENOSPC, EIO = 28, 5
RENAMED = (("outdoor", "°C", 2),) + ENV[1:]
# (consecutive flash errors, number of dropped segments, errno of the raised error or 0)
FULL = (
    ([ENOSPC], 1, 0), ([ENOSPC] * 2, 2, 0), ([EIO], 0, EIO), ([ENOSPC, EIO], 1, EIO),
    ([ENOSPC] * 4, 3, ENOSPC),
)  # fmt: skip


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


@small_segments(SIZE_FULL)
def test_on_a_full_flash_one_segment_is_dropped_for_many_rows():
    for error, dropped in ((ENOSPC, 1), (EIO, 0)):
        queue, _, _ = grown(4)
        names, end, moves = list(queue.segments), queue.next_row, queue.moves
        rows = rows_of(end, 30)
        with Refusing([0, error], many) as flash:
            assert error_of(queue.extend, rows) == error
        assert flash.paths == [queue.path(queue.segments[-1])]
        check_left(queue, names, dropped, end)
        assert queue.moves == moves + 1
        assert queue.extend(rows) == 30
        check_left(queue, names, dropped, end + 30)


@small_segments(SIZE_FULL)
def test_on_a_full_flash_the_oldest_segment_is_dropped_for_rows_of_earlier_channels():
    for errors, dropped, reported in FULL:
        queue, model, root = grown(4)
        append(queue, model, rows_of(len(model), 1)[0])
        names, end = list(queue.segments), queue.next_row
        frame, tail = bytes(queue.writer.frame()), queue.path(names[-1])
        before = read_file(tail)
        with Refusing(errors, walk):
            assert error_of(Queue, root, RENAMED, False, SIZE_MAX) == reported, errors
        assert read_file(tail) == before + (b"" if reported else frame)
        assert (read_file(queue.row_path) == b"") == (not reported)
        assert "tail" not in os.listdir(root + "/rows")
        again = Queue(root, RENAMED, False, SIZE_MAX)
        assert again.hint()[:2] == (end, 3 * end) and not again.damaged
        assert again.segments == names[dropped:] and read_file(tail) == before + frame
        assert read_rows(again) == model[names[dropped] :]


def test_a_head_counts_at_least_0_readings_after_readings_were_lost():
    root = fresh()
    queue = Queue(root, ENV, False, SIZE_MAX)
    for i in range(3):
        queue.append(0, 0, 1000, 0, 7, [i, i, i])
        if not i:
            queue.spill()
    queue = Queue(root, ENV, False, SIZE_MAX, (3, 2, queue.schema))
    frame = bytes(queue.writer.frame())
    queue.segment_size = 1
    queue.spill()
    assert read_file(root + "/rows/0000000001") == head(1, 0, ENV) + frame


def test_rows_that_just_fit_the_row_file_stay_there():
    sizes = []
    for count in range(100, 124):
        root = fresh()
        queue = Queue(root, ENV, False, SIZE_MAX)
        assert queue.extend([(0, 0, 1000 + 60 * i, 0, 1, [i]) for i in range(count)]) == count
        sizes.append(os.stat(root + "/rows/open")[6])
        assert queue.moves == (not sizes[-1]) and len(read_rows(queue)) == count
    assert 128 in sizes and sizes[sizes.index(128) + 1 :] == [0] * (23 - sizes.index(128))


def test_if_the_row_file_is_refused_none_of_many_rows_are_added():
    queue = Queue(fresh(), ENV, False, SIZE_MAX)
    queue.append(0, 0, 1000, 0, 1, [0])
    with Refusing([EIO], queue_append):
        assert raises(OSError, queue.extend, [(0, 0, 1060, 0, 1, [1])]).errno == EIO
    assert queue.hint()[:2] == (1, 1) and queue.writer.size_max == 128
    assert [row[0] for row in read_rows(queue)] == [0]
