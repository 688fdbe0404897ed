"""The ring compared with a list: appends, sleeps, power cuts between writes, full, damaged."""

import os
import random
import sys

from support.node.check import raises
from support.queue.folders import fresh
from support.queue.rows import ENV, append, make_row
from support.ring.device import Device, last_of, note, numbers, read_rows, some
from wherry.queue.queue import Queue
from wherry.ring.ring import Ring
from wherry.rows.frame import MS, RICE, ROWS, SIZE_MAX, UNDATED, close_frame
from wherry.stage.memory import SIZE
from wherry.stage.stage import Stage

SEED = 20261120
_HIGH = 1 << 32
RING_COUNT = 3 if sys.implementation.name == "micropython" else 8


def check_rows(seed):
    """Append, extend, sleep, crash, lose power, change channels; compare the ring with a list."""
    random.seed(seed)
    root, device = fresh(), Device(random.choice((3, 5, 9)))
    channels, ms, kind = ENV, bool(seed & 1), random.choice((ROWS, RICE))
    ring = Ring(device, root, channels, ms, None, None, None, kind)
    model = []
    drops = [0]
    s = 848_000_000
    row = None
    for _ in range(300):
        action = random.randint(0, 39)
        if action < 4:
            hint = ring.hint()
            place = ring.place() if row and action < 2 else None
            last = last_of(ring, row, ring.next_row - 1) if place else None
            hint = hint if action else None
            ring = Ring(device, root, channels, ms, hint, place, last, kind)
        elif action == 4:
            channels = ENV[: random.randint(1, 3)] + (("extra%d" % random.randint(0, 2), "", 0),)
            ring = Ring(device, root, channels, ms, ring.hint(), None, None, kind)
            row = None
        ring.on_drop = lambda end, readings: drops.append(end) or True
        rows = []
        for _ in range(random.choice((1, 1, 1, 2, 30, 300)) if action > 30 else 1):
            s += random.choice((60, 60, 60, 1, -2, 90_000))
            flags = (MS if ms else 0) | (UNDATED if random.randint(0, 5) == 0 else 0)
            row = make_row(random, channels, flags, s)
            rows.append(row)
        if len(rows) == 1:
            append(ring, model, row)
        else:
            first = ring.next_row
            assert ring.extend(iter(rows)) == len(rows)
            for i, each in enumerate(rows):
                note(model, first + i, each, channels)
        if action == 5:
            assert read_rows(ring) == model[drops[-1] :], seed
    assert not ring.damaged, seed
    assert [each[0] for each in model] == list(range(len(model))), seed
    assert ring.next_row == len(model), seed
    assert ring.readings == sum([len(each[5]) for each in model]), seed
    assert read_rows(ring) == model[drops[-1] :], seed
    start = random.randint(drops[-1], len(model) - 1)
    assert read_rows(ring, start) == model[start:], seed
    return drops[-1]


def test_rows_are_read_back_in_order_after_reopening():
    dropped = sum([check_rows(SEED + case) > 0 for case in range(RING_COUNT)])
    print("%d rings, %d of which dropped rows, seed %d" % (RING_COUNT, dropped, SEED))
    assert dropped


def test_a_cursor_that_is_far_behind_causes_no_walks_for_another_one():
    random.seed(SEED)
    device = Device(9)
    ring = Ring(device, fresh(), ENV, True)
    while not ring.drops:
        ring.append(*make_row(random, ENV, MS, 1000 + 60 * ring.next_row))
    reader = ring.reader()
    for newest in (False, True, False, True):
        reader.forget()
        row = ring.next_row - 5 if newest else 0
        reads = device.reads
        reader.seek(row)
        assert reader.next() and reader.rows.row >= row
        # Nine pages take 68 reads; to find a row's page and read through it takes 12.
        assert device.reads - reads < 18, (row, device.reads - reads)


def test_rows_may_have_to_wait_for_a_batch_but_are_never_lost():
    device, root = Device(3), fresh()
    ring = Ring(device, root, ENV, False)
    ledger = ring.ledger("harbor")
    may_drop = []
    ring.on_drop = lambda end, readings: bool(may_drop) and (ledger.drop(end, readings) or True)
    refused = 0
    for row in some(2000):
        try:
            ring.append(*row)
        except OSError as error:
            assert error.errno == 28
            refused += 1
    assert refused > 500
    # The batch is acknowledged while rows have to wait: there is room for its ledger.
    ledger.load()
    ledger.row, ledger.delivered = 20, 60
    ledger.save()
    count = ring.next_row
    assert numbers(ring) == list(range(count))
    may_drop.append(1)
    assert ring.append(*some(1, count)[0]) == count
    rows = numbers(ring)
    assert rows == list(range(rows[0], count + 1)) and rows[0] > 0
    again = Ring(device, root, ENV, False).ledger("harbor")
    assert (again.row, again.delivered, again.dropped) == (rows[0], 60, 3 * rows[0] - 60)


def test_no_row_gets_a_number_that_a_ledger_has_passed():
    # The rows up to the ledger's row were in damaged flash.
    for first, row in ((0, 100), (_HIGH, _HIGH + 100)):
        device, root = Device(3), fresh()
        ring = Ring(device, root, ENV, False)
        ring.next_row = first
        ring.extend(some(2))
        ledger = ring.ledger("harbor")
        assert ledger.is_new
        ledger.row, ledger.channel = row, 1
        ledger.save()
        again = Ring(device, root, ENV, False)
        assert (again.next_row, again.damaged) == (row, 1)
        assert again.append(*some(1)[0]) == row and numbers(again) == [first, first + 1, row]


def test_a_wake_reads_nothing_and_programs_one_frame():
    device, root = Device(4), fresh()
    ring, awake = Ring(device, root, ENV, False), Ring(Device(4), fresh(), ENV, False)
    rows = some(60)
    for row in rows:
        awake.append(*row)
    for i in range(2):
        ring.append(*rows[i])
    for i in range(2, 60):
        last = last_of(ring, rows[i - 1], i - 1)
        device.reads = device.programs = device.erases = 0
        ring = Ring(device, root, ENV, False, ring.hint(), ring.place(), last)
        assert ring.append(*rows[i]) == i
        assert (device.reads, device.programs, device.erases) == (0, 1, 0)
    assert [(row[0], row[3]) for row in read_rows(ring)] == [(i, rows[i][2]) for i in range(60)]
    # Chains continue after each sleep, so rows are as short as in a node that stays awake.
    assert device.cells == awake.device.cells


def test_a_place_is_saved_in_rtc_memory():
    ring = Ring(Device(4), fresh(), ENV, False)
    memory = bytearray(SIZE)
    stage = Stage(memory, lambda: None, len(ENV))
    stage.new_state()
    for row in some(3):
        ring.append(*row)
    ring.rest(stage)
    state = Stage(memory, lambda: None, len(ENV)).state
    assert state and (state.ring_page, state.ring_at, state.ring_step) == ring.place()
    assert ring.place()[2] == 120  # This is 60 s in zigzag form.


def test_old_schemas_are_removed_with_their_last_page():
    device, root = Device(3), fresh()
    for i in range(12):
        channels = (("channel%d" % i, "", 0),)
        ring = Ring(device, root, channels, False)
        ring.append(0, 0, 1000, 0, 1, [i])
        assert read_rows(ring)[-1] == (i, 0, 0, 1000, 0, {"channel%d" % i: i})
    assert len(os.listdir(root + "/schemas")) <= 4


def test_a_partition_that_is_too_small_is_refused():
    assert "3" in str(raises(ValueError, Ring, Device(2), fresh(), ENV, False))


def opaque(size):
    buffer = bytearray(SIZE_MAX)
    buffer[2:3] = bytes([7])
    return bytes(buffer[: close_frame(buffer, 0xA3, 2 + size)])


def test_opaque_frames_are_skipped():
    for size in (1, 40, 234):
        root, device = fresh(), Device(3)
        ring = Ring(device, root, ENV, False)
        queue = Queue(root, ENV, False, 400_000)
        for row in some(12):
            ring.append(*row)
            ring.put(opaque(size))
            queue.append(*row)
            queue.spill()
            with open(queue.path(0), "ab") as file:
                file.write(opaque(size))
        for each in (ring, Ring(device, root, ENV, False), Queue(root, ENV, False, 400_000)):
            assert numbers(each) == list(range(12)) and each.next_row == 12, size
            assert not each.damaged, size
