"""A queue's start: whether it uses the hint, the note or the segments, and the resulting state."""

import os
import struct

from support.node.check import raises
from support.queue.by_hand import frame, with_crc
from support.queue.damage import read_file, write_file
from support.queue.folders import fresh
from support.queue.rows import ENV, append, read_rows
from wherry import small_file
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
        (full, None, (10, 30, SCHEMA), (10, 30, 0, 4), WALKED),
        (full, None, (8, 24, SCHEMA), whole, WALKED),
        (full, None, None, whole, WALKED),
        (full, None, (9, 27, SCHEMA ^ 1), whole, WALKED),
        (full, note, (10, 30, SCHEMA), (10, 30, 0, 4), BELIEVED),
        (full, note, (8, 24, SCHEMA), whole, BELIEVED),
        (full, note, (12, 40, SCHEMA ^ 1), (12, 40, 0, 4), BELIEVED),
        (full, note_of(4, 12), None, whole, WALKED),
        (full, note_of(8, 24), None, whole, WALKED),
        (full, note_of(9, 27), None, (9, 27, 0, 0), BELIEVED),
        (full, note_of(10, 31), None, (10, 31, 0, 0), BELIEVED),
        (full, note_of(BELOW, 15, 0, SCHEMA ^ 1), None, whole, WALKED),
        (full, note[:-1], None, whole, WALKED),
        (full + b"\0", note, None, whole, WALKED),
        (full[:-1], note, None, lost, WALKED),
        (full[:-1], note, (9, 27, SCHEMA), (9 + LOST, 27, 1, 0), WALKED),
        (frame(0xA3, full), note, None, lost, WALKED),
        (b"", note, None, lost, WALKED),
        (None, note, None, lost, WALKED),
        (b"", note_of(BELOW, 15, 2), None, lost, WALKED),
        (b"", note, (9, 27, SCHEMA), (9 + LOST, 27, 1, 0), WALKED),
        (b"", note_of(BELOW, 15, 1), None, (5, 15, 0, 0), BELIEVED),
        (None, note_of(BELOW, 15, 3), None, (5, 15, 0, 0), BELIEVED),
        (b"", note_of(BELOW, 15, 1), (9, 27, SCHEMA), (9, 27, 0, 0), BELIEVED),
        (b"", note_of(BELOW, 15, 1, SCHEMA ^ 1), None, (5, 15, 0, 0), WALKED),
        (b"", None, None, (5, 15, 0, 0), WALKED),
        (None, None, (7, 21, SCHEMA), (7, 21, 0, 0), WALKED),
        (b"\0", note, None, (5, 15, 0, 0), WALKED),
    ):
        store.put(content, note_content)
        case = content, note_content, hint
        queue, found, has_walked = store.open(hint)
        assert found == reported, (case, found, reported)
        assert has_walked == was_walked, case
        rows = store.model[: 9 if reported[3] else BELOW]
        assert read_rows(queue) == rows, case


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
