"""A queue's files, byte for byte as in docs/spec.md: heads, row file, note, moves."""

import os
import struct

from support.node.check import raises
from support.queue.by_hand import head, single, with_crc
from support.queue.damage import read_file, write_file
from support.queue.folders import fresh
from support.queue.rows import ENV
from wherry.queue import append as queue_append
from wherry.queue import new_segment
from wherry.queue.note import put_note
from wherry.queue.queue import Queue
from wherry.queue.tail import read_note
from wherry.rows.mask import count_bits

SIZE_MAX = 400_000
WIDE = 1 << 29


def note_of(tail, schema, row, readings, flags):
    return with_crc(struct.pack("<QIQQB", tail, schema, row, readings, flags))


def test_a_head_names_the_row_the_readings_and_both_schemas():
    path = fresh() + "/segment"
    many = tuple([("channel %d of many, with a long name" % i, "°C", i % 4) for i in range(80)])
    for channels, own_count in ((ENV, 0), (ENV[:1], 1), (many, 16), ((), 0)):
        for ms in (False, True):
            for row_step in (1, 2, 8):
                for row, readings in ((0, 0), (127, 128), (1 << 40, 3 << 50)):
                    parts = path, row, readings, channels, own_count, ms, row_step
                    new_segment.create(*parts)
                    expected = head(row, readings, channels, own_count, ms, row_step)
                    assert read_file(path) == expected, parts
    new_segment.create(path, 5, 15, ENV, 1, False)
    assert read_file(path) == head(5, 15, ENV, 1)


def test_a_first_row_begins_a_segment_a_note_and_the_row_file():
    root = fresh()
    queue = Queue(root, ENV, True, SIZE_MAX, None, own_count=1)
    assert (queue.next_row, queue.readings, queue.moves, queue.damaged) == (0, 0, 0, 0)
    assert queue.append(0, 0, 1000, 0, 3, [5, -7]) == 0
    assert read_file(root + "/rows/0000000000") == head(0, 0, ENV, 1, True)
    assert read_file(root + "/rows/open") == single(0, 1000, 3, [5, -7], 1)
    assert read_file(root + "/rows/tail") == note_of(0, queue.schema, 0, 0, 1)
    assert (queue.next_row, queue.readings, queue.moves, queue.tail) == (1, 2, 0, 0)
    assert queue.hint() == (1, 2, queue.schema)


def test_a_spill_moves_the_row_file_and_notes_the_rows_that_were_moved():
    root = fresh()
    queue = Queue(root, ENV, False, SIZE_MAX)
    queue.spill()
    assert not os.listdir(root + "/rows") and queue.moves == 0
    for i in range(3):
        queue.append(0, 0, 1000, 0, 4, [i])
        queue.spill()
        assert queue.moves == i + 1 and queue.writer.count == 0
        frames = b"".join([single(j, 1000, 4, [j]) for j in range(i + 1)])
        assert read_file(root + "/rows/0000000000") == head(0, 0, ENV) + frames
        assert read_file(root + "/rows/tail") == note_of(0, queue.schema, i + 1, i + 1, 0)
        # The row file still has the moved rows until it is written again.
        assert read_file(root + "/rows/open") == single(i, 1000, 4, [i])


def test_a_wide_row_has_a_separate_block_and_the_next_frame_is_inline_again():
    root = fresh()
    names = [("c%d" % i, "", 0) for i in range(32)]
    queue = Queue(root, names, False, SIZE_MAX)
    row = 0, 0, 1000, 0, (1 << 32) - 1, [WIDE] * 32
    queue.append(*row)
    wide = single(0, 1000, (1 << 32) - 1, [WIDE] * 32, count=32)
    assert read_file(root + "/rows/open") == wide and len(wide) > 128
    while queue.next_row < 200:
        queue.append(0, 0, 1000 + queue.next_row * 61 % 37, 0, 3, [queue.next_row, WIDE])
        size = os.stat(root + "/rows/open")[6]
        assert size <= (240 if queue.next_row < 40 else 128), queue.next_row
    queue.append(*row)
    assert read_file(root + "/rows/open") == single(
        200, 1000, (1 << 32) - 1, [WIDE] * 32, count=32
    )


def test_a_frame_that_just_fits_the_segment_begins_no_new_segment():
    for more in (0, -1):
        root = fresh()
        queue = Queue(root, ENV, False, SIZE_MAX)
        for i in range(2):
            queue.spill()
            queue.append(0, 0, 1000, 0, 1, [i])
        frames = [single(i, 1000, 1, [i]) for i in range(2)]
        queue.segment_size = len(head(0, 0, ENV) + frames[0] + frames[1]) + more
        queue.spill()
        assert queue.segments == ([0, 1] if more else [0])
        newest = head(1, 1, ENV) if more else head(0, 0, ENV) + frames[0]
        assert read_file("%s/rows/%010x" % (root, queue.tail)) == newest + frames[1]
        assert queue.tail == queue.segments[-1] and queue.moves == 2
        note = note_of(queue.tail, queue.schema, 2, 2, 0)
        assert read_file(root + "/rows/tail") == note


def test_room_is_checked_eight_times_per_segment():
    queue = Queue(fresh(), ENV, False, SIZE_MAX)
    for segment_size, step in ((800, 100), (807, 100), (8, 1)):
        queue.segment_size = segment_size
        for size in (0, 1, 99, 100, 101, 799):
            for more in (0, 1, 98, 99, 100, 250):
                expected = size // step != (size + more) // step
                assert queue_append.needs_look(queue, size, more) == expected, (size, more)


def test_a_note_has_its_flags_and_is_read_only_with_possible_row_numbers():
    root = fresh()
    queue = Queue(root, ENV, False, SIZE_MAX)
    path = root + "/rows/tail"
    queue.tail = 1 << 33
    for row, readings, is_empty, is_thinning, flags in (
        (5, 7, False, None, 0), (5, 7, True, False, 1), (5, 7, False, True, 2),
        ((1 << 60) - 1, 1 << 61, True, True, 3),
    ):  # fmt: skip
        queue.is_thinning = is_thinning
        put_note(queue, row, readings, is_empty)
        expected = queue.tail, queue.schema, row, readings, flags
        assert read_file(path) == note_of(*expected)
        queue.is_thinning = None
        assert read_note(queue) == expected and queue.is_thinning == (True if flags & 2 else None)
        os.remove(path)
    put_note(queue, 1 << 60, 0)
    assert os.listdir(root + "/rows") == []
    os.mkdir(path)
    put_note(queue, 1, 1)  # The flash refuses the note, which has no consequences.


def test_a_note_of_another_size_is_ignored():
    root = fresh()
    queue = Queue(root, ENV, False, SIZE_MAX)
    path = root + "/rows/tail"
    assert read_note(queue) is None
    today = struct.pack("<QIQQB", 1 << 40, 2, 3, 4, 5)
    write_file(path, with_crc(today))
    assert read_note(queue) == (1 << 40, 2, 3, 4, 5)
    for other in (today[:-1], today + b"\0", b""):
        write_file(path, with_crc(other))
        assert read_note(queue) is None, other


def test_rows_that_fill_no_frame_stay_in_the_row_file():
    root = fresh()
    queue = Queue(root, ENV, False, SIZE_MAX)
    assert queue.extend([]) == 0 and not os.listdir(root + "/rows")
    assert queue.extend([(0, 0, 1000, 0, 1, [5])]) == 1
    assert read_file(root + "/rows/open") == single(0, 1000, 1, [5])
    assert read_file(root + "/rows/tail") == note_of(0, queue.schema, 0, 0, 1)
    assert queue.moves == 0 and queue.hint()[:2] == (1, 1)


def test_many_rows_go_into_a_segment_and_the_note_records_it():
    for count in (60, 61, 62, 63, 90, 200):
        root = fresh()
        queue = Queue(root, ENV, False, SIZE_MAX)
        queue.append(0, 0, 1000, 0, 7, [1, 2, 3])
        masks = [1 + i % 7 for i in range(count)]
        rows = [(0, 0, 1000 + i, 0, m, [WIDE] * count_bits(m)) for i, m in enumerate(masks)]
        assert queue.extend(rows) == count
        in_file = queue.writer.count
        below = count + 1 - in_file
        readings = 3 + sum([count_bits(row[4]) for row in rows[: below - 1]])
        expected = note_of(0, queue.schema, below, readings, 0 if in_file else 1)
        assert read_file(root + "/rows/tail") == expected, count
        frames = os.stat(root + "/rows/0000000000")[6] - len(head(0, 0, ENV))
        assert frames > 200 and queue.moves == 1
        if in_file:
            assert read_file(root + "/rows/open") == bytes(queue.writer.frame())
            assert len(queue.writer.frame()) <= 128
        else:
            assert read_file(root + "/rows/open") == b""
        assert queue.writer.size_max == 128


def test_a_byte_after_the_row_file_means_that_rows_go_into_segments():
    root = fresh()
    queue = Queue(root, ENV, False, SIZE_MAX)
    seen = []

    def rows():
        for i in range(300):
            there = read_file(root + "/rows/open") if queue.next_row else b""
            if there not in seen:
                seen.append(there)
            yield 0, 0, 1000 + i, 0, 1, [WIDE * (i & 1)]

    queue.append(0, 0, 1000, 0, 1, [5])
    first = single(0, 1000, 1, [5])
    queue.extend(rows())
    assert seen == [first, first + b"\0"]
    root = fresh()
    queue = Queue(root, ENV, False, SIZE_MAX)
    queue.append(0, 0, 1000, 0, 1, [5])
    queue.spill()
    seen.clear()
    queue.extend(rows())
    assert seen == [first, b"\0"]


def test_a_row_too_wide_for_any_frame_is_reported_with_its_channels():
    names = [("c%d" % i, "", 0) for i in range(60)]
    queue = Queue(fresh(), names, False, SIZE_MAX)
    row = 0, 0, 1000, 0, (1 << 60) - 1, [WIDE] * 60
    for error in (raises(ValueError, queue.append, *row), raises(ValueError, queue.extend, [row])):
        assert "60" in str(error)
