"""A thinning in progress: the reads of a turn, rows added meanwhile, flash errors, power cuts."""

import os

from support.node import heap
from support.node.chip import Chip
from support.queue.folders import fresh
from support.queue.small_segments import small_segments
from support.queue.thinning_rig import NOW_S, SENSORS, Rig
from wherry.queue import thinning
from wherry.queue.room import queue_size
from wherry.queue.thinned import new_path, put_progress, read_progress
from wherry.rows.frame import MS
from wherry.sending.begin import begin

CHIP_SIZE = 2000


def test_a_turn_reads_two_kb_of_a_segment():
    # With this size of the queue, a segment has 12 KB.
    rig = Rig(98_304, labels=("a",))
    while not rig.queue.is_thinning:
        rig.append([SENSORS] * 500)
    path = new_path(rig.queue)
    while not read_progress(path):
        rig.fill(5)
    for i in range(3):
        thinning.work(rig.queue, NOW_S)
        # A piece ends with the frame in which it reaches its size.
        at = read_progress(path)[4]
        assert 2048 * (i + 1) - 256 < at < (2048 + 256) * (i + 1), (i, at)


@small_segments(1000)
def test_a_piece_may_end_with_the_last_row_of_the_older_segment():
    # For some of these row counts, a piece ends with the next frame, which has one row.
    for count in range(14, 26):
        rig = Rig(5000, labels=("a",))
        while not rig.queue.is_thinning:
            for masks in ([SENSORS] * count, [SENSORS]):
                rig.append(masks)
                rig.queue.spill()
            thinning.work(rig.queue, NOW_S)
        older, younger, end = rig.queue.segments[:3]
        while rig.queue.segments[1] == younger:
            thinning.work(rig.queue, NOW_S)
        found = [row for row in rig.walk() if row < end]
        gaps = [found[i + 1] - found[i] for i in range(len(found) - 1)]
        # A piece begins with a row that stays, wherever the previous piece ended.
        assert found[0] == older and found[-1] >= end - 2 and set(gaps) <= {1, 2}, (count, found)


class SmallChip(Chip):
    queue_size_max = 10 * CHIP_SIZE


def thinning_node():
    """Return a node whose thinning has begun."""
    node = SmallChip().boot()
    queue = node.queue
    s = NOW_S
    while not (read_progress(new_path(queue)) or (0, 0))[1]:
        rows = [(MS, 0, s + i, 0, 3, [i * 7919 % 9973, i * 104_729 % 9973]) for i in range(20)]
        s += len(rows)
        queue.extend(rows)
        if queue.is_thinning:
            thinning.tidy(node)
    return node


@small_segments(CHIP_SIZE)
def test_a_flash_read_error_costs_a_thinning_nothing():
    node = thinning_node()
    queue = node.queue
    path = new_path(queue)
    progress, older = read_progress(path), queue.path(queue.segments[0])
    os.rename(older, queue.root + "/away")
    thinning.tidy(node)
    assert node.ports.lines[-1].startswith("thinning: flash:")
    assert read_progress(path) == progress and queue.is_thinning
    os.rename(queue.root + "/away", older)
    thinning.tidy(node)
    assert read_progress(path)[1:] > progress[1:]


def test_the_last_frame_of_a_long_segment_is_read_without_the_others():
    path = fresh() + "/segment"
    with open(path, "wb") as file:
        file.write(bytes(100_000))
        put_progress(file, 1, 7, 6, 5, 4)
    assert heap.taken(lambda: read_progress(path)) < 20_000
    assert read_progress(path) == (1, 7, 6, 5, 4)


@small_segments(CHIP_SIZE)
def test_a_full_flash_ends_a_thinning_and_frees_its_room():
    node = thinning_node()
    queue = node.queue

    def full():
        raise OSError(28, "no room")

    # The error is that of a sample that finds no room during the walk.
    queue.idle = full
    thinning.tidy(node)
    assert not read_progress(new_path(queue)) and not queue.is_thinning


def begun(rig):
    """Fill a rig's queue until a thinning has begun; return the names of the segments."""
    while not read_progress(new_path(rig.queue)):
        rig.fill(5)
    return list(rig.queue.segments)


@small_segments(1000)
def test_rows_added_during_a_piece_drop_no_segment():
    rig = Rig(labels=("a",))
    queue, path = rig.queue, new_path(rig.queue)
    names = begun(rig)
    seen = []

    def sample():
        rig.append([SENSORS] * 300)
        seen.append((queue.segments[: len(names)], queue_size(queue)))

    queue.idle = sample
    while not seen:
        thinning.work(queue, NOW_S)
    queue.idle = None
    # The queue exceeds its maximum size instead.
    assert all(first == names and size > rig.size_max for first, size in seen), seen
    assert queue.segments[: len(names)] == names and read_progress(path)[0] == 0
    assert rig.uploads[0].ledger.dropped == 0
    rig.check()
    # The next check for room drops the excess.
    rig.fill(100)
    rig.check()
    assert rig.uploads[0].ledger.dropped > 0 and queue_size(queue) <= rig.size_max


def cut_before_its_place(rig):
    """Complete a thinned segment, and cut the power before it replaces its pair."""
    names = begun(rig)
    path = new_path(rig.queue)
    progress = read_progress(path)
    while not progress[0]:
        thinning._do_piece(rig.queue, path, names[:3], progress)
        progress = read_progress(path)
    assert rig.queue.segments == names
    rig.open(None)
    return names


@small_segments(1000)
def test_a_complete_thinned_segment_replaces_its_pair_before_an_upload():
    rig = Rig(labels=("a",))
    names = cut_before_its_place(rig)
    queue, upload = rig.queue, rig.uploads[0]
    # As in a node that is sending, the oldest rows must not be dropped: they may be in the batch.
    queue.on_drop = lambda end, settled: False
    begin(upload, 0)
    assert queue.segments == [names[0]] + names[2:] and not read_progress(new_path(queue))
    there = rig.walk()
    deliver = upload.deliver

    def answered():
        # Samples that needed room came before the answer.
        rig.append([SENSORS] * 100)
        deliver()

    upload.deliver = answered
    rig.deliver(upload, 60)
    rig.check()
    upload.deliver = deliver
    while upload.waiting():
        rig.deliver(upload, 60)
    rig.check()
    sent = {number // 4 for number in rig.sent["a"]}
    assert sorted(sent) == there + list(range(len(rig.rows) - 100, len(rig.rows)))
    assert upload.ledger.dropped == 0 and upload.ledger.thinned == 3 * (len(rig.rows) - len(sent))
