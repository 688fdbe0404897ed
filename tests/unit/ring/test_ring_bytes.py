"""A ring, byte for byte as in docs/spec.md, its place in RTC memory, and its walker."""

import random

from support.node.check import raises
from support.queue.by_hand import LEDGER, frame, head, single, text, varint, varints, with_crc
from support.queue.damage import read_file
from support.queue.folders import fresh
from support.queue.rows import ENV
from support.ring.device import PAGE_SIZE, Device, last_of, some
from support.ring.page_bytes import HEAD_SIZE, SCHEMA, packed, page, page_head
from wherry.ring import pages, room
from wherry.ring.pages import after_torn, read_head
from wherry.ring.ring import Ring
from wherry.rows.frame import MS, UNDATED

FREED, CHAINED = 0x2000, 0x4000


def test_a_page_has_the_head_of_the_spec():
    device = Device(3)
    for sequence, row, readings, schema in (
        (0, 0, 0, 0), (1, 2, 3, 4), (0xFFFFFFFE, (1 << 40) - 1, (0xFE << 32) + 7, 0xFFFFFFFF),
        (9, 1 << 32, (1 << 32) - 1, 5),
    ):  # fmt: skip
        octets = page_head(sequence, row, readings, schema)
        assert pages.head(sequence, row, readings, schema) == octets
        device.cells[PAGE_SIZE : PAGE_SIZE + HEAD_SIZE] = octets
        assert read_head(device, 1) == (sequence, row, readings, schema)
        for at in range(HEAD_SIZE):
            device.cells[PAGE_SIZE + at] ^= 1 << at % 8
            assert read_head(device, 1) == (), at
            device.cells[PAGE_SIZE + at] ^= 1 << at % 8
    # An unknown letter means a page of another version.
    device.cells[:HEAD_SIZE] = with_crc(b"WM" + bytes(device.cells[2:20]))
    assert read_head(device, 0) == ()
    for octet in (0, 255):
        device.cells[:HEAD_SIZE] = bytes([octet] * HEAD_SIZE)
        assert read_head(device, 0) is None
        device.cells[HEAD_SIZE - 1] ^= 1
        assert read_head(device, 0) == ()


def test_rows_and_ledgers_are_programmed_one_after_the_other():
    device, root = Device(3), fresh()
    ring = Ring(device, root, ENV, False)
    assert (ring.page, ring.next_row, ring.readings, ring.damaged, ring.drops) == (2, 0, 0, 0, 0)
    assert (ring.tail_sequence(), ring.hint(), ring.place()) == (-1, (0, 0, SCHEMA), (0, 0, 0))
    for i in range(3):
        assert ring.append(0, 0, 1000 + 60 * i, 0, 1, [5 + i]) == i
    rows = single(0, 1000, 1, [5]) + frame(0xB9, varints(2 << 1 | 1, 120 << 1))
    rows += frame(0xB9, varints(2 << 1))
    assert (ring.page, ring.sequence, ring.offset) == (0, 0, HEAD_SIZE + len(rows))
    first, second = bytes(range(20)), bytes(9) + b"\1" + bytes(90)
    for label, content in (("harbor", first), ("here", second), ("harbor", second), ("here", b"")):
        ring.keep(label, content)
    octets = page_head(0, 0, 0) + rows + frame(LEDGER, varint(1) + text("harbor") + packed(first))
    octets += frame(LEDGER, varint(3) + text("here") + packed(second))
    octets += frame(LEDGER, varint(0) + packed(second)) + frame(LEDGER, varint(2) + b"\0")
    assert page(device, 0, len(octets) + 1) == octets + b"\xff"
    assert read_file("%s/schemas/%08x" % (root, SCHEMA)) == head(0, 0, ENV)
    ring.append(0, 0, 1180, 0, 7, [1, 2, 3])
    room.open_page(ring)
    # Each page begins with the names and the current content of all ledgers.
    again = page_head(1, 4, 6)
    for i, label in enumerate(ring.ledgers):
        content = packed({"harbor": second, "here": b""}[label])
        again += frame(LEDGER, varint(i << 1 | 1) + text(label) + content)
    assert page(device, 1, len(again) + 1) == again + b"\xff" and ring.offset == len(again)
    assert Ring(device, root, ENV, False).ledgers == {"harbor": second, "here": b""}


def test_a_ledger_of_any_content_is_read_back():
    random.seed(5)
    device, root = Device(3), fresh()
    ring = Ring(device, root, ENV, False)
    ring.append(*some(1)[0])
    for size in (0, 1, 7, 8, 9, 15, 16, 17, 96, 100, 200):
        for blank in (0, 1, 3):
            some_zero = [0 if random.randint(0, blank) else 1 + i % 255 for i in range(size)]
            # The content begins with the number of a row, which must be an assigned number.
            content = (b"\1" + bytes(7) + bytes(some_zero))[:size]
            ring.keep("harbor", content)
            again = Ring(device, root, ENV, False)
            assert again.ledgers == {"harbor": content} and not again.damaged, (size, content)
            assert again.offset == ring.offset


def test_a_place_is_where_the_next_row_is_written():
    device, root = Device(4), fresh()
    ring = Ring(device, root, ENV, False)
    rows = some(4)
    ring.append(*rows[0])
    assert ring.place() == (0, CHAINED | ring.offset, 0)
    ring.append(*rows[1])
    offset = ring.offset
    assert ring.place() == (0, FREED | CHAINED | offset, 120) and ring.freed
    for step, coded in (
        (-1, 1), (-60, 119), (1 << 29, 1 << 30), ((1 << 30) - 1, (1 << 31) - 2),
        (-(1 << 30), (1 << 31) - 1),
    ):  # fmt: skip
        ring.writer.step = step
        assert ring.place() == (0, FREED | CHAINED | offset, coded), step
        last = last_of(ring, rows[1], 1)
        again = Ring(device, root, ENV, False, ring.hint(), ring.place(), last)
        assert (again.writer.step, again.writer.count, again.writer.row) == (step, 1, 1)
    for step, coded in ((1 << 30, 0), ((1 << 30) + 3, 6), (-(1 << 30) - 1, 1)):
        ring.writer.step = step
        assert ring.place() == (0, FREED | offset, coded), step
    ring.end_chain()
    assert ring.place() == (0, FREED | offset, 0)
    ring.freed = False
    assert ring.place() == (0, offset, 0)
    ring.closed = True
    assert ring.place() == (0, 0, 0)


def test_a_place_can_have_any_offset():
    device, root = Device(4), fresh()
    ring = Ring(device, root, ENV, False)
    parities = []
    while ring.sequence is None or ring.sequence < 1:
        ring.append(0, 0, 1000 + ring.next_row**2 % 900, 0, 1, [ring.next_row**2 % 99])
        again = Ring(device, root, ENV, False, ring.hint(), ring.place())
        assert (again.page, again.offset) == (ring.page, ring.offset)
        parities.append(ring.offset & 1)
        assert again.tail_sequence() == ring.sequence
    assert 0 in parities and 1 in parities


def test_a_ledger_is_searched_for_when_a_field_is_needed():
    device, root = Device(3), fresh()
    ring = Ring(device, root, ENV, False)
    ring.append(*some(1)[0])
    again = Ring(device, root, ENV, False, ring.hint(), ring.place())
    device.reads = 0
    ledger = again.ledger("harbor")
    raises(AttributeError, getattr, ledger, "_none")
    assert device.reads == 0 and again.ledgers is None
    assert ledger.row == 0 and device.reads == 1 and again.ledgers == {}
    raises(AttributeError, getattr, ledger, "none")
    assert ledger.is_new and ledger.settled() == 0 and device.reads == 1


def test_a_ring_continues_at_its_own_place():
    device, root = Device(4), fresh()
    ring = Ring(device, root, ENV, True)
    row = MS | UNDATED, 7, 5000, 123, 5, [8, -9]
    ring.append(*row)
    hint, (number, at, step) = ring.hint(), ring.place()
    last = last_of(ring, row, 0)
    other = hint[:2] + (hint[2] ^ 1,)
    for given, place, known, reads in (
        (hint, (number, at, step), last, 0),
        (hint, (number, at & ~FREED, step), last, 0), (hint, (number, at, step), None, 0),
        (hint, (number, at & ~CHAINED, step), last, 0), (other, (number, at, step), last, 1),
        (None, (number, at, step), last, 1), (hint, None, last, 1), (hint, (0, 0, 0), last, 1),
        (hint, (number, at, step), (1,) + last[1:], 0),
    ):  # fmt: skip
        device.reads = 0
        again = Ring(device, root, ENV, True, given, place, known)
        case = given, place, known
        assert (device.reads > 0) == bool(reads), case
        assert (again.next_row, again.readings, again.page) == (1, 2, 0), case
        assert again.offset == ring.offset and not again.closed, case
        if reads:
            assert again.freed is False, case
            continue
        assert again.freed == bool(place[1] & FREED), case
        writer, is_chained = again.writer, known == last and place[1] & CHAINED
        reported = (
            writer.row,
            writer.flags,
            writer.boot,
            writer.s,
            writer.ms,
            writer.mask,
            writer.last,
        )
        assert writer.count == (1 if is_chained else 0), case
        assert again.known == (5 if is_chained else -1), case
        if is_chained:
            assert reported == (0, MS | UNDATED, 7, 5000, 123, 5, [8, 0, -9])


def test_a_torn_frame_costs_the_room_of_the_largest_frame():
    for offset, after in ((24, 264), (3855, 4095), (3856, 4096), (3857, 4096), (4096, 4096)):
        assert after_torn(offset) == after


def test_a_partition_has_at_least_three_pages():
    for count in (1, 2):
        error = raises(ValueError, Ring, Device(count), fresh(), ENV, False)
        assert str(count) in str(error)
    assert Ring(Device(3), fresh(), ENV, False).page == 2
