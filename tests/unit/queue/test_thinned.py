"""A thinned segment that replaces its pair, its growth, and the coding of its rows."""

import os
import random

from support.queue.by_hand import frame, head, single
from support.queue.damage import read_file, write_file
from support.queue.folders import fresh
from support.queue.grown import SIZE_FULL, SIZE_MAX, grown
from support.queue.progress import progress_of
from support.queue.reported import NOW_S, Upload
from support.queue.rows import ENV, read_rows
from support.queue.small_segments import small_segments
from wherry import small_file
from wherry.queue import thinned, thinning
from wherry.queue.queue import Queue
from wherry.queue.room import drop_oldest, queue_size
from wherry.queue.thinned_rows import SegmentRows, ThinnedWriter
from wherry.rows.frame import RICE, ROWS
from wherry.rows.mask import count_bits


def whole_one(queue, names):
    """Write a complete thinned segment of the second and the third; return its rows."""
    rows = [names[1], names[1] + 3, names[2] + 1, names[3] - 1]
    octets = head(names[1], 3 * names[1], ENV, 0, False, 2)
    for row in rows:
        octets += single(row, 1000 + row, 7, [row, 1, 2])
    gone = 3 * (names[3] - names[1]) - 3 * len(rows)
    octets += progress_of(1, names[3], 3 * len(rows), gone)
    write_file(queue.folder + "/thinned", octets)
    return rows, gone


def cursors_about(names):
    """Return cursors before, at, within and after the second and the third segment."""
    found = [(names[3], 0), (names[3], 1), (names[3] + 2, 0), (0, 0), (names[1] - 1, 2)]
    for row in (names[1], names[1] + 1, names[1] + 3, names[2], names[2] + 1, names[3] - 1):
        found += [(row, channel) for channel in range(3)]
    return found


@small_segments(SIZE_FULL)
def test_each_ledger_counts_waiting_readings_missing_in_the_new_segment():
    queue, _, root = grown(5)
    names = list(queue.segments)
    small_file.make_folder(root + "/cursors")
    cursors = cursors_about(names)
    for row, channel in cursors:
        ledger = queue.ledger("%d-%d" % (row, channel))
        ledger.row, ledger.channel, ledger.delivered = row, channel, 3 * row + channel
        ledger.save()
    small_file.write(root + "/cursors/new", b"")
    os.remove(root + "/cursors/new")
    rows, gone = whole_one(queue, names)
    content = [read_file(queue.path(name)) for name in names[1:3]]
    made = read_file(queue.folder + "/thinned")
    # Counting is repeated after a power cut before the segments or the list have changed.
    for time in range(3):
        assert thinned.finish(queue) is True
        assert queue.segments == names[:2] + names[3:] and queue.is_thinning is True
        assert read_file(queue.path(names[1])) == made
        assert thinned.finish(queue) is False and queue.is_thinning is False
        for row, channel in cursors:
            ledger = queue.ledger("%d-%d" % (row, channel))
            later = [each for each in rows if each >= row]
            kept = 3 * len(later) - (channel if row in rows else 0)
            count = 3 * names[3] - 3 * row - channel - kept
            at_head = (row, channel) <= (names[1], 0)
            count = gone if at_head else 0 if row >= names[3] else count
            assert ledger.thinned == count, (row, channel, ledger.thinned, count)
            assert ledger.thin == ((names[1], names[3]) if at_head else (0, 0)), (row, channel)
        if time == 0:
            for name, octets in zip(names[1:3], content):
                write_file("%s/%s/%010x" % (root, queue.places[names[1]], name), octets)
        write_file(queue.folder + "/thinned", made)
        queue = Queue(root, ENV, False, SIZE_MAX)
    assert thinned.finish(queue)
    settled = []
    queue.on_drop = lambda end, reported: settled.append((end, reported)) or True
    assert drop_oldest(queue) and settled == [(names[1], 3 * names[1] + gone)]
    assert drop_oldest(queue) and settled[1] == (names[3], 3 * names[3])
    assert thinned.gone_from(queue, 0) == 0


@small_segments(SIZE_FULL)
def test_a_thinned_segment_without_its_pair_is_removed():
    queue, _, _ = grown(5)
    names = list(queue.segments)
    path = queue.folder + "/thinned"
    for row, whole, stays in ((names[1] + 1, 1, False), (names[1] + 1, 0, True)):
        octets = head(row, 0, ENV, 0, False, 2) + progress_of(whole, row, 0, 0)
        write_file(path, octets)
        assert thinned.finish(queue) is False and queue.segments == names
        assert ("thinned" in os.listdir(queue.folder)) == stays and queue.is_thinning is True
    write_file(path, b"\0" + progress_of(1, names[3], 0, 0))
    assert thinned.finish(queue) is False and "thinned" not in os.listdir(queue.folder)


def test_the_last_frame_records_the_progress():
    root = fresh()
    path = root + "/segment"
    assert thinned.read_progress(path) is None
    first, last = (1, 1 << 40, 2 << 40, 3 << 40, 1 << 31), (0, 5, 6, 7, 8)
    with open(path, "wb") as file:
        thinned.put_progress(file, *first)
    assert read_file(path) == progress_of(*first)
    for octets, found in (
        (progress_of(*first), first), (bytes(50) + progress_of(*last), last),
        (progress_of(*first) + progress_of(*last), last),
        (progress_of(*first) + b"\0", None), (progress_of(*first)[1:], None), (b"", None),
        (frame(0xAB, bytes(29)), None), (frame(0xAC, bytes(28)), None),
    ):  # fmt: skip
        write_file(path, octets)
        assert thinned.read_progress(path) == found, octets


@small_segments(SIZE_FULL)
def test_pieces_record_their_progress():
    queue, _, _ = grown(5)
    queue.uploads = [Upload(queue, 0)]
    # With larger segments, a queue with so few of them would not be thinned.
    queue.segment_size = SIZE_FULL // 2
    pair = sum([os.stat(queue.path(name))[6] for name in queue.segments[:2]])
    queue.size_max = queue_size(queue) + SIZE_FULL // 8 + pair * 5 // 8
    names = list(queue.segments)
    path = queue.folder + "/thinned"
    thinning.work(queue, NOW_S)
    row = 0
    while thinned.read_progress(path):
        whole, row, kept, gone, at = thinned.read_progress(path)
        found = SegmentRows(queue, path, 0)
        rows = []
        while found.next():
            rows.append(found.rows.row)
        assert kept == 3 * len(rows) and row <= names[2] and whole == gone == 0
        assert [each for each in rows if each >= row] == [] and (row > 0 or not rows)
        assert at == 0 or row not in (0, names[1])
        thinning.work(queue, NOW_S)
    whole, end, kept, gone, at = thinned.read_progress(queue.path(0))
    assert (whole, end, kept + gone) == (1, names[2], 3 * names[2])
    there = [each[0] for each in read_rows(queue) if each[0] < names[2]]
    assert kept == 3 * len(there) and there[:3] == [0, 2, 4] and len(there) * 2 <= names[2] + 40
    assert queue.segments == [0] + names[2:]


def test_rows_with_distant_numbers_are_read_back():
    seed = random.getrandbits(30)
    random.seed(seed)
    queue = Queue(fresh(), ENV + (("boots", "", 0),), False, SIZE_MAX, own_count=1)
    for step in (2, 4, 8):
        for kind in (ROWS, RICE):
            rows, number = [], 100
            for i in range(24):
                mask = random.choice((1, 3, 7, 7, 8))
                values = [random.randint(-9, 900) for _ in range(count_bits(mask))]
                rows.append((number, 0, 0, 1000 + 60 * i, 0, mask, values))
                number += random.choice((step, step, step, 1, 3, 500))
            path = queue.folder + "/one"
            octets = head(100, 300, queue.channels, 1, False, step)
            with open(path, "wb") as file:
                file.write(octets)
                writer = ThinnedWriter(file, 4, step, kind, 1)
                for row in rows:
                    writer.add(*row)
                writer.close()
                writer.close()
            check_found(queue, path, rows, (seed, step, kind))


def check_found(queue, path, rows, case):
    """Check that a segment has the rows, whichever of them the reading begins at."""
    for first in range(0, len(rows), 9):
        found = SegmentRows(queue, path, rows[first][0])
        reported = []
        while found.next():
            each = found.rows
            values = [each.values[i] for i in range(4) if each.mask >> i & 1]
            reported.append((each.row, each.flags, each.boot, each.s, each.ms, each.mask, values))
        count = len(reported)
        assert reported == rows[len(rows) - count :] and count >= len(rows) - first, case
