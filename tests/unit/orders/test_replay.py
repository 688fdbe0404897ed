"""A replay: the search for its first row, the inclusive ends of its window, and clock steps."""

import random
import struct

from support.uplinks.scripted import BEGIN_S, ScriptedRig
from wherry import small_file
from wherry.orders import replay
from wherry.orders.order import FORM, Order
from wherry.queue.stride import STRIDE_ROWS
from wherry.rows.frame import UNDATED

SEED = 20261120
HOUR_S = 3600
# With up to WALK_COUNT rows, there is no search: the walk begins at the first row.
WALK_COUNT = 256


class Node:
    """The parts of a node that a replay needs: a clock that cannot date undated rows."""

    def __init__(self):
        self.clock = self

    @staticmethod
    def date(flags, boot, s, ms):
        if flags & UNDATED:
            return (BEGIN_S + s, ms) if boot else None
        return s, ms


def filled(stamps):
    """Return a rig whose rows have these stamps in s; None for a row without a time."""
    rig = ScriptedRig(0)
    rig.queue.extend([
        (UNDATED, 0, 5, 0, 1, [i]) if stamps[i] is None else (0, 0, BEGIN_S + stamps[i], 0, 1, [i])
        for i in range(len(stamps))
    ])  # fmt: skip
    rig.ledger.row = len(stamps)
    return rig


def begun(rig, from_s, to_s, **fields):
    """Return a replay and its order; the window is given in s after BEGIN_S."""
    path = rig.root + "/order"
    small_file.write(path, bytes(struct.calcsize(FORM)))
    order = Order(path)
    order.from_s, order.to_s = BEGIN_S + from_s, BEGIN_S + to_s
    for name, value in fields.items():
        setattr(order, name, value)
    return replay.source(Node(), rig.upload, order), order


def sent(source):
    """Take all batches of a replay as if they were delivered; return the rows."""
    rows, batch = [], source.batch
    while True:
        batch.open(50)
        count = len(rows)
        while batch.next():
            rows.append(batch.row)
            assert batch.values[0] == batch.row
            batch.take(batch.mask)
        if len(rows) > count:
            source.deliver()
        elif not source.pass_by():
            return rows


def test_both_ends_of_the_window_belong_to_it():
    rig = filled([10 * i for i in range(40)])
    for from_s, to_s, rows in (
        (100, 200, range(10, 21)), (101, 199, range(11, 20)), (99, 201, range(10, 21)),
        (0, 0, range(1)), (390, 390, range(39, 40)), (391, 999, range(0)),
        (150, 150, range(15, 16)),
        (151, 159, range(0)), (0, 9999, range(40)),
    ):  # fmt: skip
        source, order = begun(rig, from_s, to_s)
        assert sent(source) == list(rows), (from_s, to_s)
        saved = Order(order.path)
        assert (saved.sent, saved.end_row, saved.refused) == (len(rows), 40, 0)
        if rows:
            assert (saved.row, saved.channel) == (rows[-1], 1)


def test_the_end_of_a_replay_is_fixed_when_it_begins():
    rig = filled([10 * i for i in range(40)])
    rig.ledger.row, rig.ledger.channel = 30, 1
    source, order = begun(rig, 0, 9999)
    assert Order(order.path).end_row == 30 and sent(source) == list(range(30))
    # A replay that is continued does not search again.
    rig.ledger.row = 40
    source, order = begun(rig, 0, 9999, row=7, end_row=35, sent=4)
    assert sent(source) == list(range(7, 35)) and Order(order.path).sent == 32
    source, order = begun(rig, 0, 9999, row=34, channel=1, end_row=35)
    assert sent(source) == []


def test_a_row_an_hour_after_the_window_ends_the_replay():
    for past_s, rows in ((HOUR_S, [0, 2]), (HOUR_S + 1, [0])):
        rig = filled([0, 100 + past_s, 50, None, 101])
        source, _ = begun(rig, 0, 100)
        assert sent(source) == rows, past_s
    # A row without a time does not end the replay.
    source, _ = begun(filled([0, None, 50]), 0, 100)
    assert sent(source) == [0, 2]


def test_refused_readings_are_skipped_and_counted():
    source, order = begun(filled([0, 1, 2]), 0, 100, failures=3)
    source.batch.open(1)
    assert source.batch.next()
    source.batch.take(1)
    source.refuse(400, "no")
    saved = Order(order.path)
    assert (saved.refused, saved.sent, saved.row, saved.channel) == (1, 0, 0, 1)
    assert saved.failures == 0 and sent(source) == [1, 2]


def test_the_search_bisects_if_there_are_more_rows_than_a_walk_may_have():
    for count, row in ((WALK_COUNT, 0), (WALK_COUNT + 1, 128), (WALK_COUNT + 2, 129)):
        rig = filled(list(range(count)))
        _, order = begun(rig, 10_000 + HOUR_S, 99_999)
        assert order.row == Order(order.path).row == row, count
    # The search compares stamps with the time an hour before the window.
    for from_s, row in ((128, 0), (129, 128), (127, 0), (130, 128)):
        rig = filled(list(range(WALK_COUNT + 1)))
        _, order = begun(rig, from_s + HOUR_S, 99_999)
        assert order.row == row, from_s


def test_no_row_of_the_window_is_before_its_first_row():
    random.seed(SEED)
    for case in range(12):
        stamps, s = [], 0
        for _ in range(700):
            s += random.randrange(0, 60)
            # Some rows are undated, and the clock steps by up to half an hour.
            step = random.randrange(-1800, 1800) if random.randrange(50) == 0 else 0
            stamps.append(None if random.randrange(4) == 0 else max(0, s + step))
        rig = filled(stamps)
        from_s = random.randrange(s)
        source, order = begun(rig, from_s, from_s + 600)
        wanted = [i for i in range(700) if stamps[i] is not None]
        wanted = [i for i in wanted if from_s <= stamps[i] <= from_s + 600]
        first = order.row
        assert sent(source) == wanted, (case, from_s)
        # The walk over older rows has at most WALK_COUNT rows, and a few undated ones.
        late = [i for i in range(700) if stamps[i] is not None and stamps[i] >= from_s - HOUR_S]
        assert late[0] <= first + WALK_COUNT + 20, (case, first, late[0])


def test_the_search_continues_before_many_undated_rows():
    count = STRIDE_ROWS + 100
    rig = filled(list(range(count)) + [None] * count + [9_999] * 10)
    source, order = begun(rig, 9_999, 9_999)
    # From the middle, the search finds no dated row within a stride.
    assert count - WALK_COUNT <= order.row < count
    assert sent(source) == list(range(2 * count, 2 * count + 10))
    # With a dated row at the end of the stride, it finds that row.
    rig = filled([0] * 300 + [None] * (STRIDE_ROWS - 1) + [0] * (STRIDE_ROWS - 1))
    _, order = begun(rig, 9_999, 9_999)
    assert order.row > 2 * STRIDE_ROWS - WALK_COUNT
