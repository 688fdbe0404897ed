"""Where segments are: the newest is next to the row file, and the others are in folders."""

import os
import random

from support.queue.folders import fresh, mounted_again
from support.queue.grown import SIZE_FULL, SIZE_MAX, grown, rows_of
from support.queue.rows import ENV, extend, read_rows
from support.queue.small_segments import small_segments
from wherry import small_file
from wherry.queue.ledger import in_file
from wherry.queue.queue import Queue
from wherry.queue.reader import QueueReader
from wherry.queue.room import drop_oldest
from wherry.rows import segment
from wherry.rows.numbers import numbers
from wherry.sending.begin import begin
from wherry.sending.upload import Upload

SEED = random.getrandbits(30)


def folders(root):
    """Return {folder in segments/: names of its segments}."""
    path = root + "/segments"
    return {
        folder: numbers("%s/%010x" % (path, folder), "%010x") for folder in numbers(path, "%010x")
    }


def test_a_full_segment_fills_its_blocks():
    for size_max, size in (
        (64 << 20, 130_844), (1_046_752, 130_844), (1_046_751, 126_752), (262_144, 32_724),
        (65_536, 8188), (40_960, 4096), (32_768, 4096), (32_767, 4095), (16_384, 2048),
    ):  # fmt: skip
        assert segment.size_full(size_max) == size, (size_max, segment.size_full(size_max))


@small_segments(SIZE_FULL)
def test_segments_are_in_folders_and_the_newest_is_next_to_the_row_file():
    queue, model, root = grown(35)
    names = queue.segments
    assert folders(root) == {
        names[0]: names[:16],
        names[16]: names[16:32],
        names[32]: names[32:34],
    }
    assert numbers(root + "/rows", "%010x") == names[34:]
    mounted_again()
    again = Queue(root, ENV, False, SIZE_MAX)
    assert again.segments == names and read_rows(again) == model
    for count in range(1, 35):
        assert drop_oldest(again) and again.segments == names[count:], count
        left = {}
        for i in range(count, 34):
            left.setdefault(names[i // 16 * 16], []).append(names[i])
        assert folders(root) == left, count


@small_segments(SIZE_FULL)
def test_a_reader_continues_after_its_segment_moved_to_a_folder():
    queue, model, _ = grown(2)
    queue = Queue(queue.root, ENV, False, SIZE_MAX)
    tail = queue.segments[-1]
    reader = QueueReader(queue)
    reader.seek(tail)
    found = 0
    while reader.next():
        assert (reader.rows.row, reader.rows.s) == (model[tail + found][0], model[tail + found][3])
        found += 1
        if found == 30:
            extend(queue, model, rows_of(len(model), 300))
    assert tail + found == len(model) and queue.places[tail] != "rows"


def test_a_row_is_found_anywhere_in_a_long_segment():
    root = fresh()
    queue, model = Queue(root, ENV, False, 1 << 20), []
    extend(queue, model, rows_of(0, 6000))
    random.seed(SEED)
    for row in [0, 1, 5998, 5999] + [random.randint(0, 5999) for _ in range(100)]:
        reader = QueueReader(queue)
        reader.seek(row)
        assert reader.next() and reader.rows.row == row, (SEED, row)
    print("104 rows, seed", SEED)


@small_segments(SIZE_FULL)
def test_empty_files_and_folders_left_by_a_cut_are_removed_when_a_segment_begins():
    queue, model, root = grown(3)
    for path in ("rows/0fffffffff", "segments/0ffffffffe/0fffffffff"):
        small_file.make_folder(root + "/" + path.rsplit("/", 1)[0])
        open(root + "/" + path, "wb").close()
    os.remove(root + "/segments/0ffffffffe/0fffffffff")
    names = list(queue.segments)
    queue = Queue(root, ENV, False, SIZE_MAX)
    assert queue.segments == names and read_rows(queue) == model
    while len(queue.segments) < 18:
        extend(queue, model, rows_of(len(model), 10))
    names = queue.segments
    assert numbers(root + "/rows", "%010x") == names[17:]
    assert folders(root) == {names[0]: names[:16], names[16]: names[16:17]}


@small_segments(SIZE_FULL)
def test_an_uplink_that_is_far_behind_causes_no_walks_for_other_uplinks():
    queue, _, root = grown(20)
    small_file.make_folder(root + "/cursors")
    ahead, behind = [upload_at(queue, root, row) for row in (queue.next_row - 5, 0)]
    queue.uploads = [behind, ahead]
    frames = frames_read(queue.upload_reader)
    for upload, row in ((behind, 0), (ahead, queue.next_row - 5), (behind, 0)):
        begin(upload, 0)
        count = len(frames)
        for _ in range(2):
            upload.batch.open(5)
            assert upload.batch.next() and upload.batch.row == row
        assert len(frames) - count < 60, (row, len(frames) - count)


def upload_at(queue, root, row):
    """Return an Upload whose cursor is at a row."""
    ledger = in_file("%s/cursors/%d" % (root, row))
    ledger.row = row
    return Upload("u", None, {}, queue, ledger, root + "/aside", None)


def frames_read(reader):
    """Return a list that grows with each frame that a QueueReader reads."""
    found, walker = [], reader._walker
    go = walker.next

    def counted():
        found.append(1)
        return go()

    walker.next = counted
    return found
