"""Thinning a full queue: the rows that stay, the order, and exact counts of readings."""

import random

from support.queue.small_segments import small_segments
from support.queue.thinning_rig import ENV, HEALTH, NOW_S, SENSORS, SIZE_FULL, Rig
from wherry.queue import thinning
from wherry.queue.queue import Queue
from wherry.queue.room import queue_size
from wherry.queue.thinned import finish, new_path, read_progress
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
def test_a_reader_continues_in_a_thinned_segment():
    rig = Rig(labels=("a",))
    for i in range(100):
        rig.fill(20)
        # Far fewer readings are delivered than added, so the cursor is in the thinned segments.
        rig.deliver(rig.uploads[0], 7)
        if i % 5 == 0:
            rig.check()
    assert rig.uploads[0].ledger.thinned > 0


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


@small_segments(SIZE_FULL)
def test_channels_that_changed_are_never_mixed():
    rig = Rig(labels=("a",))
    rig.fill(200)
    names = list(rig.queue.segments)
    queue = Queue(rig.root, ENV + (("more", "", 0),), False, rig.size_max)
    assert queue.next_row == 200
    for i in range(2000):
        queue.append(0, 0, NOW_S + 60 * i, 0, 31, [i * 7919 % 9973, 1, 2, 3, 4])
        if queue.is_thinning:
            thinning.work(queue, NOW_S)
    assert names[0] in queue.segments or queue.segments[0] >= 200


@small_segments(SIZE_FULL)
def test_segments_of_two_earlier_channel_sets_are_never_mixed():
    rig = Rig()
    renamed = (("outdoor", "°C", 2),) + ENV[1:]
    rig.queue = Queue(rig.root, renamed, False, rig.size_max)
    rig.append([SENSORS] * 5)
    rig.queue = Queue(rig.root, (("indoor", "°C", 2),) + ENV[1:], False, rig.size_max)
    rig.append([SENSORS] * 5)
    rig.open(None)
    while len(rig.queue.segments) < 6:
        rig.append([SENSORS] * 5)
    older, younger, _ = thinning.choose(rig.queue, NOW_S)
    assert (older, younger) == tuple(rig.queue.segments[2:4])


@small_segments(SIZE_FULL)
def test_a_foreign_or_damaged_piece_is_started_over():
    rig = Rig(labels=("a",))
    while not read_progress(new_path(rig.queue)):
        rig.fill(5)
    for content in (b"", b"\0", b"\xac" * 300):
        with open(new_path(rig.queue), "wb") as file:
            file.write(content)
        assert not finish(rig.queue)
        rig.queue.is_thinning = True
        for _ in range(3):
            thinning.work(rig.queue, NOW_S)
        rig.check()
        assert read_progress(new_path(rig.queue)), content


@small_segments(SIZE_FULL)
def test_a_head_damaged_meanwhile_does_not_stop_thinning():
    for which in range(3):
        rig = Rig(labels=("a",))
        while not read_progress(new_path(rig.queue)):
            rig.fill(5)
        with open(rig.queue.path(rig.queue.segments[which]), "r+b") as file:
            file.write(b"\xff")
        rig.fill(600)
        assert not read_progress(new_path(rig.queue)) or rig.queue.is_thinning
        assert rig.queue.next_row == len(rig.rows)
