"""A start that has to read the segments: its counts, and rows next to damage."""

import os

from support.queue.by_hand import frame, single
from support.queue.damage import frames, read_file, write_file
from support.queue.folders import fresh
from support.queue.grown import SIZE_FULL, SIZE_MAX, grown, rows_of
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


def found_by(reader):
    found = []
    while reader.next():
        found.append(seen(reader))
    return found


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


def filled(count):
    """Return a queue whose rows are all in its only segment, and the rows."""
    queue, model = Queue(fresh(), ENV, False, 400_000), []
    extend(queue, model, rows_of(0, count))
    queue.spill()
    return queue, model


def test_a_row_is_found_next_to_damage_larger_than_one_read():
    queue, model = filled(2000)
    path = queue.path(0)
    size = os.stat(path)[6]
    with open(path, "r+b") as file:
        file.seek(size // 2 - 1000)
        file.write(bytes(3000))
    there = read_rows(queue)
    assert 1000 < len(there) < 2000 and there[-1] == model[-1]
    for row in range(1, 2000, 70):
        found = read_rows(queue, row)
        assert found == [each for each in there if each[0] >= row], row


def test_a_frame_whose_second_row_is_cut_off_is_damage_but_its_first_row_counts():
    queue, model = filled(20)
    octets = single(20, 3000, 7, [1, 2, 3])
    # Its CRC is right, but the second row does not end.
    with open(queue.path(0), "ab") as file:
        file.write(frame(octets[0], octets[2:-4] + b"\x80"))
    append(queue, model, rows_of(20, 1)[0])
    assert [row[0] for row in read_rows(queue)] == list(range(21)) and queue.damaged == 1
