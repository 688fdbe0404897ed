"""A queue's start: whether it uses the hint, the note or the segments, and the resulting state."""

import os
import struct

from support.node.check import raises
from support.queue.by_hand import ROWS, frame, head, single, varints, with_crc
from support.queue.damage import read_file, write_file
from support.queue.folders import fresh
from support.queue.rows import ENV, append, read_rows
from wherry import small_file
from wherry.queue.open_frame import resume
from wherry.queue.queue import Queue
from wherry.rows import segment

SIZE_MAX, LOST = 400_000, 1024
SCHEMA = segment.schema_crc(ENV, False)
# Rows 0 to 4 are in the segment, 5 to 8 in the row file.
BELOW, END = 5, 9
WALKED, BELIEVED = True, False


class Store:
    """A queue of a segment and a row file, to be opened with other files next to the segment."""

    def __init__(self):
        self.root = fresh()
        queue = Queue(self.root, ENV, False, SIZE_MAX)
        self.model = []
        for i in range(END):
            if i == BELOW:
                queue.spill()
            append(queue, self.model, (0, 0, 1000 + 60 * i, 0, 7, [i, -i, 100 - i]))
        self.path = self.root + "/rows/open"
        self.frame = read_file(self.path)

    def put(self, content, note):
        """Write a row file and a note; None removes the file."""
        for path, octets in ((self.path, content), (self.root + "/rows/tail", note)):
            if octets is None:
                if path.rsplit("/", 1)[1] in os.listdir(self.root + "/rows"):
                    os.remove(path)
            else:
                write_file(path, octets)

    def open(self, hint):
        """Open the queue; return it and its counters."""
        queue = Queue(self.root, ENV, False, SIZE_MAX, hint)
        was_walked = queue.listed is not None
        reported = queue.next_row, queue.readings, queue.damaged, queue.writer.count
        assert queue.check_moved or not queue.writer.count
        return queue, reported, was_walked


def note_of(row, readings, flags=0, schema=SCHEMA):
    return with_crc(struct.pack("<QIQQB", 0, schema, row, readings, flags))


def test_a_start_uses_a_matching_hint_or_note_and_otherwise_reads_the_segments():
    store = Store()
    full, note = store.frame, note_of(BELOW, 15)
    whole, lost = (9, 27, 0, 4), (BELOW + LOST, 15, 1, 0)
    for content, note_content, hint, reported, was_walked in (
        (full, note, None, whole, BELIEVED),
        (full, None, (9, 27, SCHEMA), whole, BELIEVED),
        (full, None, (9, 26, SCHEMA), (9, 26, 0, 4), BELIEVED),
        (full, None, (10, 30, SCHEMA), (10, 30, 0, 4), WALKED),
        (full, None, (8, 24, SCHEMA), whole, WALKED),
        (full, None, None, whole, WALKED),
        (full, None, (9, 27, SCHEMA ^ 1), whole, WALKED),
        (full, note, (10, 30, SCHEMA), (10, 30, 0, 4), BELIEVED),
        (full, note, (8, 24, SCHEMA), whole, BELIEVED),
        (full, note, (12, 40, SCHEMA ^ 1), (12, 40, 0, 4), BELIEVED),
        (full, note, (12, 20, SCHEMA ^ 1), (12, 27, 0, 4), BELIEVED),
        (full, note_of(4, 12), None, whole, WALKED),
        (full, note_of(6, 18), None, whole, WALKED),
        (full, note_of(8, 24), None, whole, WALKED),
        (full, note_of(9, 27), None, (9, 27, 0, 0), BELIEVED),
        (full, note_of(10, 31), None, (10, 31, 0, 0), BELIEVED),
        (full, note_of(BELOW, 15, 0, SCHEMA ^ 1), None, whole, WALKED),
        (full, note[:-1], None, whole, WALKED),
        (full + b"\0", note, None, whole, WALKED),
        (full + b"\0", note, (9, 27, SCHEMA), whole, WALKED),
        (full[:-1], note, None, lost, WALKED),
        (full[:-1], note, (9, 27, SCHEMA), (9 + LOST, 27, 1, 0), WALKED),
        (full[:-1], note_of(BELOW, 15, 1), None, lost, WALKED),
        (frame(0xA3, full), note, None, lost, WALKED),
        (b"", note, None, lost, WALKED),
        (None, note, None, lost, WALKED),
        (b"", note_of(BELOW, 15, 2), None, lost, WALKED),
        (b"", note, (9, 27, SCHEMA), (9 + LOST, 27, 1, 0), WALKED),
        (b"", note_of(BELOW, 15, 1), None, (5, 15, 0, 0), BELIEVED),
        (None, note_of(BELOW, 15, 3), None, (5, 15, 0, 0), BELIEVED),
        (b"", note_of(BELOW, 15, 1), (9, 27, SCHEMA), (9, 27, 0, 0), BELIEVED),
        (b"", note_of(BELOW, 15, 1), (3, 9, SCHEMA), (5, 15, 0, 0), BELIEVED),
        (b"", note_of(BELOW, 15, 1, SCHEMA ^ 1), None, (5, 15, 0, 0), WALKED),
        (b"", None, None, (5, 15, 0, 0), WALKED),
        (None, None, (7, 21, SCHEMA), (7, 21, 0, 0), WALKED),
        (b"\0", note, None, (5, 15, 0, 0), WALKED),
        (b"\0", note_of(BELOW, 15, 1), None, (5, 15, 0, 0), WALKED),
    ):
        store.put(content, note_content)
        case = content, note_content, hint
        queue, found, has_walked = store.open(hint)
        assert found == reported, (case, found, reported)
        assert has_walked == was_walked, case
        rows = store.model[: 9 if reported[3] else BELOW]
        assert read_rows(queue) == rows, case


def test_a_row_file_with_invalid_rows_is_damage():
    store = Store()
    # The CRC of this frame is right, but the values of its row are missing.
    store.put(frame(ROWS, varints(BELOW << 2, 1000, 7 << 2)), note_of(BELOW, 15))
    for hint in (None, (6, 18, SCHEMA)):
        queue, (next_row, readings, damaged, count), was_walked = store.open(hint)
        assert (next_row, damaged, count) == (6, 2, 0) and was_walked
        assert readings == (18 if hint else 15) and read_rows(queue) == store.model[:BELOW]


def test_a_matching_note_names_the_tail():
    root = fresh()
    queue = Queue(root, ENV, False, SIZE_MAX)
    queue.next_row = 1000
    queue.append(0, 0, 1000, 0, 1, [5])
    queue = Queue(root, ENV, False, SIZE_MAX)
    for i in range(3):
        queue.spill()
        # No segment was looked up or begun.
        assert queue.tail == 1000 and queue.listed is None and queue.moves == i + 1
        os.remove(root + "/rows/tail")  # The note is read only at the start.
        queue.append(0, 0, 1000, 0, 1, [6])
    frames = single(1000, 1000, 1, [5]) + single(1001, 1000, 1, [6]) + single(1002, 1000, 1, [6])
    assert read_file(root + "/rows/00000003e8") == head(1000, 0, ENV) + frames


def test_rows_without_a_reading_are_accepted():
    root = fresh()
    queue = Queue(root, ENV, False, SIZE_MAX)
    for _ in range(2):
        queue.append(0, 0, 1000, 0, 0, [])
    for hint in (queue.hint(), None):
        again = Queue(root, ENV, False, SIZE_MAX, hint)
        assert again.hint() == (2, 0, SCHEMA) and again.listed is None and again.writer.count == 2
        write_file(root + "/rows/tail", note_of(0, 0, 1))
    write_file(root + "/rows/tail", note_of(2, 0))
    again = Queue(root, ENV, False, SIZE_MAX)
    assert again.hint() == (2, 0, SCHEMA) and again.listed is None and not again.writer.count


def test_a_damaged_first_row_does_not_match_the_note():
    root = fresh()
    queue = Queue(root, ENV, False, SIZE_MAX)
    queue.append(0, 0, 1000, 0, 1, [5])
    bad = frame(ROWS, varints(0, 1000, 7 << 2))
    assert resume(queue.writer, bad) == -1 and queue.writer.count == 0
    write_file(root + "/rows/open", bad)
    again = Queue(root, ENV, False, SIZE_MAX)
    assert again.damaged == 2 and again.hint()[:2] == (1, 0)


def test_a_row_file_that_cannot_be_read_is_not_overwritten():
    root = fresh()
    small_file.make_folder(root + "/rows/open")
    raises(OSError, Queue, root, ENV, False, SIZE_MAX)


def test_a_frame_already_moved_before_a_cut_is_discarded():
    store = Store()
    path = store.root + "/rows/0000000000"
    segment_content = read_file(path)
    for moved, count in ((store.frame, 5), (store.frame[:-1], 9), (b"", 9)):
        write_file(path, segment_content + moved)
        store.put(store.frame, note_of(BELOW, 15))
        queue, _, _ = store.open(None)
        queue.spill()
        expected = segment_content + moved + (b"" if count == 5 else store.frame)
        assert read_file(path) == expected, count
        assert read_rows(queue) == store.model and queue.hint()[:2] == (9, 27)


def test_a_segment_shorter_than_the_row_files_frame_is_not_a_copy():
    root = fresh()
    channels = (("t", "", 0),)
    queue = Queue(root, channels, False, SIZE_MAX)
    beside = []
    for i in range(60):
        queue.append(0, 0, 1000 + 60 * i, 0, 1, [i])
        in_hand = read_file(root + "/rows/open")
        beside.append(len(in_hand) - len(head(0, 0, channels)))
        if -2 < beside[-1] < 4:
            again = Queue(root, channels, False, SIZE_MAX)
            again.spill()
            path = root + "/rows/0000000000"
            assert read_file(path) == head(0, 0, channels) + in_hand
            write_file(path, head(0, 0, channels))
            write_file(root + "/rows/tail", note_at_start(channels))
    assert [size for size in (-1, 0, 1, 2, 3) if size not in beside] == []


def note_at_start(channels):
    return note_of(0, 0, 1, segment.schema_crc(channels, False))
