"""A queue's reader: how it reads over damage, its buffer, and a start from RTC memory."""

import os

from support.queue.by_hand import frame, single
from support.queue.folders import fresh
from support.queue.rows import ENV, append, extend, read_rows, seen
from wherry.queue.queue import Queue
from wherry.queue.reader import QueueReader
from wherry.rows.frame import ROWS, SIZE_MAX, close_frame


def rows_of(count):
    return [(0, 0, 1000 + 60 * i, 0, 7, [i * 7919 % 9973, i, -i]) for i in range(count)]


def filled(count):
    """Return a queue whose rows are all in its only segment, and the rows."""
    queue, model = Queue(fresh(), ENV, False, 400_000), []
    extend(queue, model, rows_of(count))
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


def test_a_frame_of_rows_that_cannot_be_read_is_counted_as_damage():
    queue, model = filled(20)
    # Its CRC is right, but the number of its first row does not end.
    buffer = bytearray(SIZE_MAX)
    buffer[2:3] = b"\x80"
    size = close_frame(buffer, ROWS, 3)
    with open(queue.path(0), "ab") as file:
        file.write(memoryview(buffer)[:size])
    append(queue, model, rows_of(1)[0])
    assert not queue.damaged
    assert read_rows(queue) == model and queue.damaged == 1


def test_a_frame_whose_second_row_is_cut_off_is_damage_but_its_first_row_counts():
    queue, model = filled(20)
    octets = single(20, 3000, 7, [1, 2, 3])
    # Its CRC is right, but the second row does not end.
    with open(queue.path(0), "ab") as file:
        file.write(frame(octets[0], octets[2:-4] + b"\x80"))
    append(queue, model, rows_of(1)[0])
    assert [row[0] for row in read_rows(queue)] == list(range(21)) and queue.damaged == 1


def test_a_reader_keeps_its_buffer_over_seeks_and_in_the_row_file():
    queue, model = filled(300)
    append(queue, model, rows_of(1)[0])
    reader = QueueReader(queue)
    reader.seek(0)
    assert reader.next()
    # The buffer is 1 KB, which may not fit into a chip's heap during an upload.
    rows = reader.rows
    for row in (0, 200, 100, 300):
        reader.seek(row)
        found = []
        while reader.next():
            assert reader.rows is rows, row
            found.append(seen(reader))
        assert found == model[row:]


def test_a_hint_in_rtc_memory_saves_a_start_from_reading_segments():
    queue, model = filled(300)
    append(queue, model, rows_of(1)[0])
    # Without a note the segment must be read, and it cannot be read now.
    os.remove(queue.root + "/rows/tail")
    os.rename(queue.path(0), queue.root + "/away")
    os.mkdir(queue.path(0))
    again = Queue(queue.root, ENV, False, 400_000, queue.hint())
    assert again.hint() == queue.hint() and not again.damaged
    os.rmdir(queue.path(0))
    os.rename(queue.root + "/away", queue.path(0))
    assert read_rows(again) == model
