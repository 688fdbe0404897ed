"""A start that has to read the segments: its counts, and where the row file's rows belong."""

import os

from support.queue.by_hand import head, single
from support.queue.damage import frames, read_file, write_file
from support.queue.folders import fresh
from support.queue.grown import SIZE_FULL, SIZE_MAX, grown, rows_of
from support.queue.progress import progress_of
from support.queue.rows import ENV, append, extend, read_rows, seen
from support.queue.small_segments import small_segments
from wherry import small_file
from wherry.queue.queue import Queue

LOST = 1024
RENAMED = (("outdoor", "°C", 2),) + ENV[1:]


class Store:
    """Four segments without a note, and a row file, which has rows if `in_hand` is True."""

    def __init__(self, in_hand=True):
        self.queue, self.model, self.root = grown(4)
        self.queue.spill()
        write_file(self.queue.row_path, b"")
        self.names = list(self.queue.segments)
        self.end = len(self.model)
        if in_hand:
            for _ in range(2):
                append(self.queue, self.model, rows_of(len(self.model), 1)[0])
        os.remove(self.root + "/rows/tail")

    def path(self, i):
        return self.queue.path(self.names[i])

    def damage_head(self, i):
        """Damage the first frame of a segment's head; return the frame's size."""
        content = bytearray(read_file(self.path(i)))
        content[0] = 0
        write_file(self.path(i), content)
        return content[1] + 6

    def open(self, hint=None, channels=ENV):
        queue = Queue(self.root, channels, False, SIZE_MAX, hint)
        return queue, (queue.next_row, queue.readings, queue.damaged)


@small_segments(SIZE_FULL)
def test_damaged_heads_do_not_change_counts():
    for in_hand in (True, False):
        for which in ((), (3,), (2, 3), (1, 2, 3), (0, 1, 2, 3), (1,), (0, 2)):
            store = Store(in_hand)
            passed = 0
            last = max([i for i in range(4) if i not in which] + [-1])
            for i in which:
                size = store.damage_head(i)
                if i > last:
                    passed += 1 + 2 * size  # Bytes of a damaged head are skipped twice.
            end = len(store.model)
            lost = LOST if passed and not in_hand else 0
            queue, reported = store.open()
            assert reported == (end + lost, 3 * end, passed), (in_hand, which, reported)
            assert queue.writer.count == (2 if in_hand else 0)
            hint = end + 5000, 3 * end + 7, queue.schema
            assert store.open(hint)[1][:2] == (end + 5000, 3 * end + 7)
            assert store.open((1, 1, queue.schema))[1] == reported


@small_segments(SIZE_FULL)
def test_an_empty_segment_among_others_is_not_damage():
    store = Store()
    write_file(store.path(2), b"")
    size = store.damage_head(3)
    end = len(store.model)
    gone = store.names[3] - store.names[2]
    assert store.open()[1] == (end, 3 * (end - gone), 1 + 2 * size)


def test_missing_frames_in_the_last_segment_are_counted():
    root = fresh()
    queue, model = Queue(root, ENV, False, 400_000), []
    extend(queue, model, rows_of(0, 100))
    queue.spill()
    append(queue, model, rows_of(100, 1)[0])
    path = queue.path(0)
    content = read_file(path)
    rows = [found for found in frames(content) if found[3]]
    assert len(rows) > 2
    first, last = rows[0], rows[-1]
    for octets, lost, damaged in (
        (content, 0, 0),
        (content[: first[0]] + content[first[1] :], first[3], 1),
        (content[: last[0]], last[3], 1),
        # A frame that is there twice counts once.
        (content + content[last[0] :], 0, 0),
        (content + content[first[0] : first[1]], 0, 0),
        (content[: first[1]] + content[last[0] :], 100 - first[3] - last[3], 1),
    ):
        write_file(path, octets)
        os.remove(root + "/rows/tail")
        again = Queue(root, ENV, False, 400_000)
        reported = again.next_row, again.readings, again.damaged
        assert reported == (101, 3 * (101 - lost), damaged)
        write_file(root + "/rows/tail", b"")


@small_segments(SIZE_FULL)
def test_row_file_rows_that_the_segment_has_are_discarded():
    store = Store()
    frame = read_file(store.queue.row_path)
    for more, count in ((frame, 0), (frame[:-1], 2)):
        content = read_file(store.path(3))
        write_file(store.path(3), content + more)
        queue, reported = store.open()
        end = len(store.model)
        assert reported == (end, 3 * end, 0 if not count else len(more))
        assert queue.writer.count == count and read_rows(queue) == store.model
        write_file(store.path(3), content)


@small_segments(SIZE_FULL)
def test_rows_of_earlier_channels_are_moved_to_their_segment_once():
    for is_moved in (False, True):
        store = Store()
        frame, content = read_file(store.queue.row_path), read_file(store.path(3))
        if is_moved:
            write_file(store.path(3), content + frame)
        small_file.write(store.root + "/rows/tail", b"old")
        end = len(store.model)
        queue, reported = store.open(channels=RENAMED)
        assert reported == (end, 3 * end, 0) and queue.writer.count == 0
        assert read_file(store.path(3)) == content + frame
        assert read_file(store.queue.row_path) == b""
        assert "tail" not in os.listdir(store.root + "/rows")
        assert read_rows(queue) == store.model


@small_segments(SIZE_FULL)
def test_rows_with_lost_names_are_damage():
    store = Store()
    size = store.damage_head(3)
    end = len(store.model)
    hint = end, 3 * end, 1234
    queue, reported = store.open(hint)
    # RTC memory has other channels. Those of the row file's rows were in the damaged head.
    assert reported == (end, 3 * end, 1 + 2 * size + 1) and queue.writer.count == 0
    assert read_file(store.queue.row_path) == b""
    assert len(read_rows(queue)) == store.names[3]


@small_segments(SIZE_FULL)
def test_a_thinned_segment_before_damaged_ones_counts_lost_readings():
    for kept, gone, has_progress in ((6, 24, True), (6, 0, True), (6, 24, False)):
        root = fresh()
        small_file.make_folder(root + "/segments/0000000000")
        octets = head(0, 0, ENV, 0, False, 2)
        octets += single(0, 5, 7, [1, 2, 3]) + single(2, 6, 7, [1, 2, 3])
        if has_progress:
            octets += progress_of(1, 10, kept, gone)
        write_file(root + "/segments/0000000000/0000000000", octets)
        octets = b"\0" * 9 + single(10, 7, 7, [1, 2, 3])
        write_file(root + "/segments/0000000000/000000000a", octets)
        queue = Queue(root, ENV, False, SIZE_MAX)
        readings = kept + gone + 3 if has_progress else 3
        assert queue.hint()[:2] == (11 + LOST, readings) and queue.damaged == 1 + 2 * 9, kept


@small_segments(SIZE_FULL)
def test_after_a_damaged_row_file_numbers_are_skipped_after_all_known_rows():
    for content, damaged in ((b"\0\1", 1), (b"\xff" * 40, 1), (b"", 0), (b"\0", 0)):
        store = Store(False)
        end = len(store.model)
        write_file(store.queue.row_path, content)
        lost = LOST if damaged else 0
        assert store.open()[1] == (end + lost, 3 * end, damaged), content
        hint = end + 9, 3 * end + 27, store.queue.schema
        assert store.open(hint)[1] == (end + 9 + lost, 3 * end + 27, damaged)


def found_by(reader):
    found = []
    while reader.next():
        found.append(seen(reader))
    return found


@small_segments(SIZE_FULL)
def test_a_reader_sees_every_row_from_every_cursor():
    store = Store()
    reader = store.queue.reader()
    end = len(store.model)
    order = list(range(0, end + 2, 60)) + [name + i for name in store.names for i in (-1, 0)]
    for row in order + order[::-1]:
        reader.seek(max(0, row))
        assert found_by(reader) == store.model[max(0, row) :], row
        assert reader.channels == ENV and reader.next() is False
        reader.seek(max(0, row))
        if row < end:
            assert reader.next() and seen(reader) == store.model[max(0, row)]
    assert store.queue.damaged == 0


@small_segments(SIZE_FULL)
def test_a_reader_counts_a_damaged_head_and_continues():
    store = Store()
    size = store.damage_head(1)
    reader = store.queue.reader()
    for time in range(2):
        reader.seek(0)
        left = store.model[: store.names[1]] + store.model[store.names[2] :]
        assert found_by(reader) == left and store.queue.damaged == time + 1 and size > 6


@small_segments(SIZE_FULL)
def test_a_cursor_at_the_first_row_of_a_segment_needs_no_earlier_segment():
    store = Store()
    store.damage_head(1)
    reader = store.queue.reader()
    reader.seek(store.names[2])
    assert found_by(reader) == store.model[store.names[2] :] and store.queue.damaged == 0
    reader.seek(store.names[2] - 1)
    assert found_by(reader) == store.model[store.names[2] :] and store.queue.damaged == 1


@small_segments(SIZE_FULL)
def test_a_cursor_within_a_segment_with_a_damaged_head_moves_to_the_next_one():
    store = Store()
    store.damage_head(1)
    for row in (store.names[1], store.names[1] + 1, store.names[1] + 70, store.names[2] - 1):
        reader = store.queue.reader()
        store.queue.damaged = 0
        for damaged in (1, 2):
            reader.seek(row)
            assert found_by(reader) == store.model[store.names[2] :], row
            assert store.queue.damaged == damaged


def test_a_row_with_an_unassigned_number_is_not_read():
    root = fresh()
    queue, model = Queue(root, ENV, False, SIZE_MAX), []
    append(queue, model, rows_of(0, 1)[0])
    queue.spill()
    path = root + "/rows/0000000000"
    write_file(path, read_file(path) + single(1, 5, 1, [1]) + single(7, 5, 1, [1]))
    assert read_rows(queue) == model
    queue.next_row = 2
    assert [row[0] for row in read_rows(queue)] == [0, 1]
    queue.next_row = 8
    assert [row[0] for row in read_rows(queue)] == [0, 1, 7]
