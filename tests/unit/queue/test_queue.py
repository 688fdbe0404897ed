"""The queue compared with a list: appends, reopening, changed channels, full and failing flash."""

import os
import random

from support.node.check import raises
from support.queue.folders import fresh
from support.queue.moved_twice import CHANNELS, moved_twice
from support.queue.rows import ENV, append, extend, make_row, read_rows
from wherry.queue.queue import Queue
from wherry.queue.reader import QueueReader
from wherry.queue.room import queue_size
from wherry.rows import segment
from wherry.rows.frame import MS, RICE, ROWS, UNDATED
from wherry.rows.mask import count_bits
from wherry.rows.reader import RowsReader

SEED = 20261120
_SIZE_MAX = 65_536


def check_rows(seed):
    """Append, extend, reopen, change channels and coding, spill; compare the queue with a list."""
    choose = random.Random(seed) if hasattr(random, "Random") else random
    random.seed(seed)
    root = fresh()
    channels, ms, kind = ENV, bool(seed & 1), ROWS
    queue = Queue(root, channels, ms, 400_000, None, kind)
    model = []
    s = 848_000_000
    while len(model) < 300:
        action = choose.randint(0, 39)
        if action == 0:
            queue = Queue(root, channels, ms, 400_000, queue.hint(), kind)
        elif action == 1:
            readings = queue.readings
            kind = ROWS + RICE - kind
            queue = Queue(root, channels, ms, 400_000, None, kind)
            assert queue.readings == readings, seed
        elif action == 2:
            channels = ENV[: choose.randint(1, 3)] + (("extra%d" % choose.randint(0, 2), "", 0),)
            queue = Queue(root, channels, ms, 400_000, queue.hint(), kind)
        elif action == 3:
            queue.spill()
        rows = []
        for _ in range(choose.choice((0, 1, 2, 9, 50)) if action == 4 else 1):
            s += choose.randint(-2, 100)
            flags = (MS if ms else 0) | (UNDATED if choose.randint(0, 5) == 0 else 0)
            rows.append(make_row(choose, channels, flags, s))
        if action == 4:
            extend(queue, model, rows)
        else:
            append(queue, model, rows[0])
    assert read_rows(queue) == model, seed
    assert [row[0] for row in model] == list(range(len(model))), seed
    assert queue.readings == sum([len(row[5]) for row in model]), seed
    start = choose.randint(0, len(model) - 1)
    assert read_rows(queue, start) == model[start:], seed


def test_rows_are_read_back_in_order_after_reopening():
    for case in range(12):
        check_rows(SEED + case)
    print("12 queues of 300 rows or more, seed", SEED)


def test_a_full_queue_asks_before_it_drops_the_oldest():
    root = fresh()
    queue = Queue(root, ENV, False, _SIZE_MAX)
    asked = []
    queue.on_drop = lambda end, readings: asked.append((end, readings)) or True
    for i in range(12_000):
        big = [(i * 7919) % 100_000 - 50_000, (i * 104_729) % 1_000_000, -i * 31 % 70_000]
        queue.append(0, 0, 1000 + i * 60 + i % 7, 0, 7, big)
    assert asked and asked[0][1] == 3 * asked[0][0]
    assert queue_size(queue) <= _SIZE_MAX
    rows = read_rows(queue)
    assert rows[0][0] == asked[-1][0] and rows[-1][0] == 11_999
    assert len(rows) == 12_000 - asked[-1][0]
    assert Queue(root, ENV, False, _SIZE_MAX).readings == 36_000


def test_a_segment_that_fails_within_its_rows_is_read_from_there_on():
    root = fresh()
    queue = Queue(root, ENV, False, 400_000)
    for i in range(900):
        queue.append(0, 0, 1000 + i * 60, 0, 7, [i * 7919 % 499, i, -i])
    queue.spill()
    reader = QueueReader(queue)
    reader.seek(0)
    found = []
    for _ in range(300):
        assert reader.next()
        found.append(reader.rows.row)
    os.rename(queue.path(0), root + "/away")
    for _ in range(3):
        # The reader first returns rows from the part of the file that it has already read.
        raises(OSError, read_on, reader, found)
        assert len(found) < 500
    os.rename(root + "/away", queue.path(0))
    reader.seek(len(found))
    read_on(reader, found)
    assert found == list(range(900)) and queue.damaged == 0


def read_on(reader, found):
    """Add the numbers of all remaining rows to `found`."""
    while reader.next():
        found.append(reader.rows.row)


def test_a_schema_has_the_same_number_on_every_interpreter():
    """A ring stores the number, and a ring may be read on a computer by another interpreter."""
    channels = (("temperature", "°C", 2), ("humidity", "%", 2))
    assert segment.schema_crc(channels, True) == 3298978025


def test_a_start_reads_no_segment():
    root = fresh()
    queue = Queue(root, ENV, False, 400_000)
    for i in range(200):
        queue.append(0, 0, 1000 + i * 60, 0, 7, [i, i, i])
    queue.spill()
    queue.append(0, 0, 20_000, 0, 7, [1, 2, 3])
    path = queue.path(0)
    for hint in (queue.hint(), None):
        os.rename(path, root + "/away")
        queue = Queue(root, ENV, False, 400_000, hint)
        queue.append(0, 0, 20_060, 0, 7, [1, 2, 3])
        os.rename(root + "/away", path)
    assert queue.hint()[:2] == (203, 609)
    assert [row[0] for row in read_rows(queue)] == list(range(203))


def test_many_rows_are_full_frames_and_few_writes():
    root = fresh()
    queue = Queue(root, ENV, False, 400_000)
    model = []
    rows = [(0, 0, 1000 + i * 60, 0, 7, [i * 7 % 50, i * 5 % 40, -i]) for i in range(1000)]
    append(queue, model, rows[0])
    extend(queue, model, rows[1:])
    assert queue.moves == 1 and os.stat(root + "/rows/open")[6] <= 128
    frames = os.stat(queue.path(0))[6] / 240
    assert 990 / frames > 65, "a row takes less than four bytes"
    for hint in (queue.hint(), None):
        again = Queue(root, ENV, False, 400_000, hint)
        assert read_rows(again) == model and again.readings == 3000


def test_a_row_that_the_flash_refuses_is_in_no_later_frame():
    for kind in (ROWS, RICE):
        for count in (0, 1, 9, 60):
            root = fresh()
            queue = Queue(root, ENV, False, 400_000, None, kind)
            model = []
            rows = [(0, 0, 1000 + i * 60, 0, 7, [i * 7919 % 499, i, -i]) for i in range(99)]
            for row in rows[:count]:
                append(queue, model, row)
            os.rename(root + "/rows", root + "/away")
            open(root + "/rows", "wb").close()
            for row in rows[count : count + 2]:
                raises(OSError, queue.append, *row)
            os.remove(root + "/rows")
            os.rename(root + "/away", root + "/rows")
            for row in rows[count + 2 :]:
                append(queue, model, row)
            assert read_rows(queue) == model, (kind, count)
            again = Queue(root, ENV, False, 400_000, None, kind)
            assert read_rows(again) == model and again.readings == 3 * 97, (kind, count)


def test_rows_moved_twice_because_of_a_cut_are_read_once():
    queue, rows, copies = moved_twice()
    assert copies > 1 and stored_count(queue) == len(rows) + copies
    for opened in (queue, Queue(queue.root, CHANNELS, False, 400_000)):
        assert [row[0] for row in read_rows(opened)] == [number for number, _ in rows]
        for number in (copies, len(rows) - 3):
            assert [row[0] for row in read_rows(opened, number)] == list(range(number, len(rows)))
    # The result is the same without a note, when the segment is walked.
    os.remove(queue.root + "/rows/tail")
    walked = Queue(queue.root, CHANNELS, False, 400_000)
    assert walked.readings == sum([count_bits(mask) for _, mask in rows]) == queue.readings


def stored_count(queue):
    """Return the number of rows in all frames of the segments and the row file."""
    count = queue.writer.count
    for name in queue.segments:
        walker = segment.Walker()
        segment.Head(walker, queue.path(name), queue.schema)
        rows = RowsReader(walker.buffer, len(CHANNELS), 0)
        while walker.next():
            rows.open(walker.at)
            while rows.next():
                count += 1
    return count
