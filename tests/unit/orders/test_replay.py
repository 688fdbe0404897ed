"""The rows of a replay, from its search to its window's end; and the readings of a resend."""

import random
import struct

from support.node.chip import TRUE_AT_START
from support.orders.ordered_chip import OrderedChip, counts
from support.queue.aside import add
from support.queue.folders import fresh
from support.uplinks.scripted import BEGIN_S, ScriptedRig
from wherry import small_file
from wherry.orders import replay
from wherry.orders.order import FORM, Order
from wherry.orders.resend import AsideReader
from wherry.rows.frame import UNDATED
from wherry.sending.refusal.aside_files import Aside

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


# The largest number of readings held in memory, except that all of the first row are held.
HELD_MAX = 16


def held(places, row):
    """Set readings aside; return the places (row, index) in a batch that begins at `row`."""
    folder = fresh() + "/aside"
    aside = Aside(folder)
    for at, i in places:
        add(folder, at, i, ("c%d" % i, "", 0), at, 1000 + at, -1, 400, "no", "harbor")
    reader = AsideReader(aside, lambda entry: True)
    reader.seek(row)
    found = []
    while reader.next():
        assert (reader.s, reader.ms, reader.flags) == (1000 + reader.row, -1, 0)
        for i in range(len(reader.values)):
            if reader.mask >> i & 1:
                assert reader.values[i] == reader.row and reader.channels[i][0] == "c%d" % i
                found.append((reader.row, i))
    return found


def test_a_batch_has_the_first_readings_set_aside_and_never_splits_a_row():
    random.seed(SEED)
    for sizes, row, count in (
        ([1] * 15, 0, 15), ([1] * 16, 0, 16), ([1] * 17, 0, HELD_MAX), ([1] * 60, 0, HELD_MAX),
        ([1] * 60, 30, HELD_MAX), ([3, 3] + [1] * 20, 0, HELD_MAX), ([1] * 9, 4, 5),
        # The row in which a walk begins is complete, because a batch may have ended within it.
        ([16, 1, 1], 0, 16), ([20, 1, 1], 0, 20), ([20, 20, 1], 0, 20), ([2, 20, 1], 1, 20),
        ([2, 20, 1], 0, HELD_MAX), ([2, 2], 9, 0), ([], 0, 0),
    ):  # fmt: skip
        places = [(at, i) for at in range(len(sizes)) for i in range(sizes[at])]
        first = [place for place in places if place[0] >= row][:count]
        for _ in range(3):
            assert held(places, row) == first, (sizes, row)
            # Readings of held channels are set aside in any order.
            places = sorted(places, key=lambda place: random.random())


def refused_twice():
    """Return a chip with the first four readings set aside, two of them twice."""
    random.seed(SEED)
    chip = OrderedChip()
    chip.server.refuse = lambda item: (
        item["cargo_id"] in ("temperature", "humidity") and (abs(item["value"]) in (0.01, 0.02))
    )
    chip.run(TRUE_AT_START + 300_000)
    chip.server.refuse = lambda item: False
    kept = list(Aside(chip.root + "/aside").readings())
    assert kept[0][:2] == (0, 0) and len(kept) == 4 == counts(chip)[1]
    for row, i, name, value, decimals, s, ms, status, reason, uplink in kept[:2]:
        # The copies are as after a power cut before the cursor moved; one is of another uplink.
        for label in ("x", uplink):
            channel = name, "", decimals
            add(chip.root + "/aside", row, i, channel, value, s, ms, status, reason, label)
    return chip


def test_a_reading_kept_twice_is_sent_and_counted_once_and_removed():
    chip = refused_twice()
    chip.order("resend-harbor")
    chip.carried_out()
    assert chip.reported("order: resend-harbor: done") == [
        "order: resend-harbor: done, 4 sent again, 0 refused"
    ]
    delivered, set_aside, settled = counts(chip)
    assert delivered == settled == len(chip.server.points) and not set_aside
    # Readings of a removed uplink stay.
    assert [each[9] for each in Aside(chip.root + "/aside").readings()] == ["x", "x"]
    assert not chip.server.copies
