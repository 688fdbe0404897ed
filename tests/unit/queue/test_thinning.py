"""Thinning a full queue: the rows that stay, the order, exact counts, and the pieces."""

import random

from support.queue.by_hand import head
from support.queue.damage import write_file
from support.queue.folders import fresh
from support.queue.grown import SIZE_MAX
from support.queue.reported import Upload
from support.queue.rows import ENV
from support.queue.small_segments import small_segments
from support.queue.thinning_rig import HEALTH, NOW_S, SENSORS, SIZE_FULL, Rig
from wherry import small_file
from wherry.queue import thinning
from wherry.queue.queue import Queue
from wherry.queue.room import queue_size
from wherry.queue.thinned import new_path, read_progress
from wherry.rows.frame import RICE, ROWS
from wherry.sending.refusal.set_aside import set_aside

SEED = 20261120
LIFE_COUNT, DEED_COUNT = 3, 400
DAY_S = 86_400


def live(seed):
    """Perform random actions on a queue that is full most of the time."""
    random.seed(seed)
    for _ in range(50):
        random.getrandbits(30)
    rig = Rig(random.randint(5, 14) * SIZE_FULL, random.choice((ROWS, RICE)))
    slow = random.randint(0, 3)
    for _ in range(DEED_COUNT):
        action = random.randint(0, 99)
        if action < 4:
            upload = random.choice(rig.uploads)
            rig.deliver(upload, random.randint(1, 60))
        elif action == 4:
            upload = random.choice(rig.uploads)
            upload.batch.open(1)
            if upload.batch.next():
                set_aside(upload, 400, "no")
        elif action == 5:
            rig.restart()
        elif action == 6:
            upload = random.choice(rig.uploads)
            upload.ledger.denied_s = random.choice((0, NOW_S - 40 * DAY_S))
        else:
            count = random.randint(1, 12)
            rig.append([HEALTH if random.randint(0, 9) == 0 else SENSORS for _ in range(count)])
            if rig.queue.is_thinning and not (slow and random.randint(0, slow)):
                thinning.work(rig.queue, NOW_S)
        if action < 7 or action == 99:
            rig.check()
    rig.check()
    assert queue_size(rig.queue) <= rig.size_max + SIZE_FULL // 2
    return sum([upload.ledger.thinned > 0 for upload in rig.uploads])


@small_segments(SIZE_FULL)
def test_every_reading_is_counted_once_through_random_lives():
    thinned = sum([live(SEED + i) for i in range(LIFE_COUNT)])
    assert thinned >= LIFE_COUNT, thinned
    print("%d lives of %d actions from seed %d" % (LIFE_COUNT, DEED_COUNT, SEED))


@small_segments(SIZE_FULL)
def test_old_rows_are_thinned_before_any_is_dropped():
    rig = Rig()
    rig.fill(1600)
    rig.check()
    found = rig.walk()
    # Every uplink still waits for the first row: nothing was dropped.
    assert found[0] == 0 and rig.uploads[0].ledger.dropped == 0
    assert rig.uploads[0].ledger.thinned == 3 * (1600 - len(found))
    steps = [found[i + 1] - found[i] for i in range(len(found) - 1)]
    assert steps[0] >= 4 and steps[-1] == 1 and max(steps) <= 8, steps
    rig.restart()
    rig.check()
    assert rig.walk() == found


@small_segments(SIZE_FULL)
def test_where_kinds_of_rows_alternate_rows_of_each_kind_stay():
    for kind in (ROWS, RICE):
        rig = Rig(kind=kind)
        # If every second row stayed, only one of the two kinds would stay.
        rig.fill(1600, (SENSORS, HEALTH))
        rig.check()
        found = rig.walk()
        assert found[0] == 0 and len(found) < 1300, kind
        old = found[: len(found) // 2]
        sensors = len([row for row in old if rig.rows[row][4] == SENSORS])
        assert abs(2 * sensors - len(old)) < len(old) // 5, (kind, sensors, len(old))


@small_segments(SIZE_FULL)
def test_rows_that_no_live_uplink_waits_for_are_dropped_first():
    for days, hold_days, is_live in ((31, 30, False), (29, 30, True), (0, 0, False)):
        rig = Rig()
        waiting, refused = rig.uploads
        refused.ledger.denied_s = NOW_S - days * DAY_S if days else 0
        refused.settings["hold_days"] = hold_days
        rig.fill(600)
        rig.deliver(waiting, 1800)
        while not waiting.ledger.thinned:
            assert not waiting.ledger.dropped
            rig.fill(20)
        rig.check()
        assert (rig.queue.segments[1] > 600) == (not is_live), days
        assert (refused.ledger.dropped > 0) == (not is_live) and refused.ledger.thinned, days


@small_segments(SIZE_FULL)
def test_nothing_is_thinned_while_the_oldest_segment_may_be_dropped():
    rig = Rig(labels=("a",))
    for _ in range(60):
        rig.fill(50)
        rig.deliver(rig.uploads[0], 10_000)
    rig.check()
    ledger = rig.uploads[0].ledger
    assert ledger.delivered == 9000 and ledger.thinned == ledger.dropped == 0
    assert not read_progress(new_path(rig.queue))


@small_segments(SIZE_FULL)
def test_a_ledger_without_an_uplink_is_counted_but_keeps_no_rows():
    rig = Rig()
    for upload in rig.uploads:
        upload.ledger.save()
    rig.labels = ("a",)
    rig.restart()
    for _ in range(60):
        rig.fill(50)
        rig.deliver(rig.uploads[0], 10_000)
    assert rig.uploads[0].ledger.thinned == 0
    rig.labels = ("a", "b")
    rig.restart()
    rig.check()
    again = rig.uploads[1].ledger
    assert again.dropped > 0 and again.row == rig.walk()[0]
    rig.deliver(rig.uploads[1], 10_000)
    rig.check()
    assert rig.uploads[1].waiting() == 0


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


def heads_only(steps, channels=ENV):
    """Return a queue of segments with these row steps, ten rows apart; 0 is a damaged segment."""
    root = fresh()
    small_file.make_folder(root + "/segments/0000000000")
    for i, step in enumerate(steps):
        own = ENV[:2] if step < 0 else channels
        octets = head(10 * i, 30 * i, own, 0, False, abs(step)) if step else b"\0\0"
        write_file("%s/segments/0000000000/%010x" % (root, 10 * i), octets)
    return Queue(root, ENV, False, SIZE_MAX)


def test_the_oldest_pair_with_the_same_step_and_schema_is_chosen():
    for steps, row, chosen in (
        ((1, 1, 1), 0, [0, 10, 20]), ((1, 1), 0, None), ((1,) * 6, 9, [0, 10, 20]),
        ((2, 1, 1, 1), 0, [10, 20, 30]), ((2, 2, 1, 1), 0, [0, 10, 20]), ((1, 2, 4, 1), 0, None),
        ((8, 8, 4, 4, 1), 0, [20, 30, 40]), ((8, 8, 8), 0, None), ((4, 4, 1), 0, [0, 10, 20]),
        ((0, 0, 1, 1, 1), 0, [20, 30, 40]), ((1, 0, 1, 1), 0, None),
        ((1, 1, 0, 1, 1, 1), 0, [30, 40, 50]),
        ((1, -1, -1, 1), 0, [10, 20, 30]), ((1, -1, 1, -1), 0, None),
        # If a live uplink waits past the first segment, its waiting rows are not thinned.
        ((2, 2, 1), 10, None), ((2, 2, 1), 9, [0, 10, 20]),
    ):  # fmt: skip
        queue = heads_only(steps)
        queue.uploads = [Upload(queue, row)]
        assert thinning.choose(queue, NOW_S) == chosen, (steps, row)
