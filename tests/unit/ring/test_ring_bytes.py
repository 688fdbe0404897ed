"""A ring, byte for byte as in docs/spec.md, its place in RTC memory, and its start."""

import random

from support.queue.by_hand import LEDGER, frame, head, single, text, varint, varints, with_crc
from support.queue.damage import read_file
from support.queue.folders import fresh
from support.queue.rows import ENV, make_row
from support.ring.device import PAGE_SIZE, Device, numbers, some
from support.ring.page_bytes import HEAD_SIZE, SCHEMA, packed, page, page_head
from support.ring.partition import TORN, partition, put
from wherry.ring import pages, room
from wherry.ring.pages import read_head
from wherry.ring.recovery import Heads
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
    for step, coded in ((-1, 1), (-60, 119), ((1 << 30) - 1, (1 << 31) - 2)):
        ring.writer.step = step
        assert ring.place() == (0, FREED | CHAINED | offset, coded), step
    ring.end_chain()
    assert ring.place() == (0, FREED | offset, 0)
    ring.freed = False
    assert ring.place() == (0, offset, 0)
    ring.closed = True
    assert ring.place() == (0, 0, 0)


LOST = 16_384


def test_the_tail_is_found_wherever_it_is():
    for count in (3, 4, 7):
        for last in range(2 * count + 2):
            for after in (None, bytes(HEAD_SIZE), b"\xff" * HEAD_SIZE, TORN):
                device, tail = partition(count, last), last % count
                if after:
                    put(device, (tail + 1) % count, after)
                case = count, last, after
                assert Heads(device, count).tail() == tail, case
                heads = Heads(device, count)
                assert heads.last_of_all() == tail and heads.damaged == 0, case
                ring = Ring(device, "/none", ENV, False)
                reported = ring.page, ring.sequence, ring.next_row, ring.readings, ring.damaged
                assert reported == (tail, last, 3 * last + 3, 9 * last + 9, 0), case
                assert (ring.closed, ring.freed) == (False, False)


def test_no_row_is_written_over_a_torn_frame():
    end = HEAD_SIZE + sum([len(single(i, 1000 + 60 * i, 7, [i, i, -i])) for i in range(3)])
    for first, last, offset in (
        (None, None, end), (0, 0, end + 240), (0, 238, end + 240), (239, 239, end + 240),
        (0, 240, PAGE_SIZE), (240, 240, PAGE_SIZE), (3000, 3000, PAGE_SIZE),
    ):  # fmt: skip
        device = partition(3, 0)
        if last is not None:
            device.cells[end + first] = device.cells[end + last] = 7
        ring = Ring(device, fresh(), ENV, False)
        assert (ring.offset, ring.damaged, ring.hint()[:2]) == (offset, 0, (3, 9)), (first, last)
        assert ring.writer.count == (first is None), (first, last)
        assert ring.append(*some(1, 3)[0]) == 3 and numbers(ring) == [0, 1, 2, 3]
        assert ring.damaged == 0 and ring.sequence == (offset == PAGE_SIZE)


def test_rows_that_cannot_be_counted_leave_their_numbers_unused():
    row = single(3, 1180, 7, [3, 3, -3])
    more = frame(0xB9, varints(2 << 1, 2, 1))
    for octets, reported, count in (
        (row, (4, 12, 0), 1), (row + more, (5, 15, 0), 1), (b"\7" + row, (4, 12, 0), 1),
        (b"\7" + more, (3 + LOST, 9, 1), 0), (row + b"\7" + more, (4 + LOST, 12, 1), 0),
        (row + b"\7" + more + more, (4 + LOST, 12, 2), 0),
        (more + b"\7" + single(4, 1240, 7, [3, 3, -3]), (5, 15, 0), 1),
        (b"\7" + more + single(3, 1180, 7, [3, 3, -3]), (4, 12, 1), 1),
        (single(9, 1180, 7, [3, 3, -3]), (10, 12, 1), 1),
        (frame(0xB1, varints(3 << 2, 1180, 7 << 2)), (3 + LOST, 9, 1), 0),
        (frame(0xBA, bytes(3)), (3 + LOST, 9, 1), 0), (frame(0xA3, bytes(3)), (3, 9, 0), 1),
        (row + frame(0xA3, b"\0") + more, (5, 15, 0), 1),
    ):  # fmt: skip
        device = partition(3, 0)
        ring = Ring(device, "/none", ENV, False)
        put(device, 0, octets, ring.offset)
        end = ring.offset + len(octets)
        ring = Ring(device, "/none", ENV, False)
        assert (ring.next_row, ring.readings, ring.damaged) == reported, octets
        assert ring.writer.count == count and ring.offset == end, octets


def test_rows_of_other_channels_close_the_page():
    device = partition(3, 0)
    put(device, 0, page_head(0, 0, 0, SCHEMA ^ 1))
    ring = Ring(device, fresh(), ENV, False)
    assert ring.closed and ring.hint()[:2] == (3, 9) and ring.writer.count == 0
    ring.append(*some(1, 3)[0])
    assert (ring.page, ring.sequence, ring.closed) == (1, 1, False)


def test_a_ring_reopened_for_each_row_has_the_bytes_of_one_that_stays_open():
    seed = random.getrandbits(30)
    random.seed(seed)
    channels = ENV + (("boots", "", 0),)
    devices = Device(3), Device(3)
    root = fresh()
    stays = Ring(devices[0], root, channels, True, own_count=1)
    for i in range(150):
        flags = MS if i % 30 < 18 else UNDATED
        row = make_row(random, ENV, flags, 1000 + 61 * i)
        again = Ring(devices[1], root, channels, True, own_count=1)
        assert again.append(*row) == stays.append(*row)
        assert devices[0].cells == devices[1].cells, (seed, i)
        assert again.hint() == stays.hint() and again.offset == stays.offset and not again.damaged
