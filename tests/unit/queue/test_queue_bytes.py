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
from wherry.rows.frame import MS, RICE, UNDATED
from wherry.rows.frame import ROWS as PLAIN
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


def test_room_is_checked_eight_times_per_segment():
    queue = Queue(fresh(), ENV, False, SIZE_MAX)
    queue.segment_size = 800
    looks = [size for size in range(800) if queue_append.needs_look(queue, size, 1)]
    assert looks == [99, 199, 299, 399, 499, 599, 699, 799]


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


def mixed_rows(count):
    """Return rows with all that a frame encodes: stamps, boots, steps, masks of two schemas."""
    rows = []
    for i in range(count):
        flags = MS if i % 20 < 12 else UNDATED if i % 20 < 16 else 0
        boot = 300 + i // 20 if flags & UNDATED else 0
        mask = (1, 3, 3, 3, 2, 8, 3)[i % 7]
        values = [(i * 7919 + j * 31) % 997 - 400 for j in range(1 + (mask == 3))]
        rows.append((flags, boot, 70_000 + 61 * i + i * i % 5, i * 37 % 1000, mask, values))
    return rows


def test_a_queue_reopened_for_each_row_has_the_bytes_of_one_that_stays_open():
    channels = ENV + (("boots", "", 0),)
    for kind in (PLAIN, RICE):
        for hinted in (True, False):
            roots = fresh_pair()
            parts = channels, True, SIZE_MAX
            open_one = Queue(roots[0], *parts, kind=kind, own_count=1)
            again, hint = None, None
            for row in mixed_rows(70):
                again = Queue(roots[1], *parts, hint=hint, kind=kind, own_count=1)
                hint = again.hint() if hinted else None
                assert again.append(*row) == open_one.append(*row)
                if hinted:
                    hint = again.hint()
                for name in ("/rows/open", "/rows/tail", "/rows/0000000000"):
                    assert read_file(roots[0] + name) == read_file(roots[1] + name), (kind, row)
                assert again.hint() == open_one.hint() and not again.damaged


def fresh_pair():
    """Return two empty folders."""
    root = fresh()
    for name in ("/a", "/b"):
        os.mkdir(root + name)
    return root + "/a", root + "/b"
