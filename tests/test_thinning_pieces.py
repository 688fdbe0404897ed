"""A thinning on its way: how much a turn reads, and what an error of the flash costs it."""

import os

import heap
from folders import fresh
from small_segments import small_segments
from test_node import Chip
from test_thinning import NOW_S, SENSORS, Rig
from wherry.queue import thinning
from wherry.queue.thinned import new_path, put_progress, read_progress
from wherry.rows.frame import MS

CHIP_SIZE = 2000


def test_a_turn_reads_two_kb_of_a_segment():
    # So that a segment has 12 KB.
    rig = Rig(98_304, labels=("a",))
    while not rig.queue.is_thinning:
        rig.append([SENSORS] * 500)
    path = new_path(rig.queue)
    while not read_progress(path):
        rig.fill(5)
    for i in range(3):
        thinning.work(rig.queue, NOW_S)
        # A piece ends with the frame in which it is enough.
        at = read_progress(path)[4]
        assert 2048 * (i + 1) - 256 < at < (2048 + 256) * (i + 1), (i, at)


@small_segments(1000)
def test_a_piece_may_end_with_the_last_row_of_the_older_segment():
    # Frames of so many rows that a piece ends with the next one, which has a row.
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
        # A piece begins with a row that stays, whatever the one before it ended with.
        assert found[0] == older and found[-1] >= end - 2 and set(gaps) <= {1, 2}, (count, found)


class SmallChip(Chip):
    queue_size_max = 10 * CHIP_SIZE


def thinning_node():
    """Return a node amid a thinning."""
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
def test_a_flash_that_cannot_be_read_costs_a_thinning_nothing():
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
def test_a_flash_that_is_full_gets_the_room_of_a_thinning_back():
    node = thinning_node()
    queue = node.queue

    def full():
        raise OSError(28, "no room")

    # As where a sample amid the walk finds no room.
    queue.idle = full
    thinning.tidy(node)
    assert not read_progress(new_path(queue)) and not queue.is_thinning
