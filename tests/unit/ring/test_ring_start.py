"""A ring's start: finding the tail by the heads, counting losses, and where the ring continues."""

import random

from support.queue.by_hand import frame, single, varints
from support.queue.folders import fresh
from support.queue.rows import ENV, make_row
from support.ring.device import PAGE_SIZE, Device, numbers, some
from support.ring.page_bytes import HEAD_SIZE, SCHEMA, page_head
from support.ring.partition import TORN, partition, put
from wherry.ring.recovery import Heads
from wherry.ring.ring import Ring
from wherry.rows.frame import MS, RICE, UNDATED

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


def test_missing_heads_are_counted_and_never_mislead_the_search():
    for count in (3, 5):
        for last in range(2 * count + 2):
            for page in range(count):
                for octets in (bytes(HEAD_SIZE), TORN):
                    device, tail = partition(count, last), last % count
                    put(device, page, octets)
                    distance = (tail - page) % count
                    case = count, last, page, octets
                    found = tail
                    if not distance:
                        # The page before it is then the last that can be found, if there is one.
                        found = (tail - 1) % count if last else None
                    assert Heads(device, count).tail() in (None, found), case
                    heads = Heads(device, count)
                    assert heads.last_of_all() == found, case
                    seen = 0 < distance < count - 1
                    expected = seen and (octets == TORN or distance <= last)
                    if not distance:
                        expected = 0
                    if found is None:
                        # All pages count as before the tail, except the one after the last.
                        expected = octets == TORN and page != 0
                    assert heads.damaged == expected, (case, heads.damaged)


def test_a_partition_without_rows_begins_with_its_first_page():
    for count in (3, 6):
        ring = Ring(Device(count), fresh(), ENV, False)
        reported = (
            ring.page,
            ring.sequence,
            ring.next_row,
            ring.readings,
            ring.damaged,
            ring.offset,
        )
        assert reported == (count - 1, -1, 0, 0, 0, PAGE_SIZE) and ring.closed is True
        assert (ring.ledgers, ring.labels) == ({}, {})
        ring.append(*some(1)[0])
        assert (ring.page, ring.sequence) == (0, 0)


def test_a_start_continues_after_the_place_in_rtc_memory():
    for hint, reported, count in (
        ((6, 18), (6, 18, 0), 1), ((7, 18), (7, 18, 1), 0), ((5, 30), (6, 30, 0), 1),
        ((0, 0), (6, 18, 0), 1), ((100, 7), (100, 18, 1), 0), (None, (6, 18, 0), 1),
    ):  # fmt: skip
        hint = hint and hint + (SCHEMA,)
        ring = Ring(partition(4, 1), "/none", ENV, False, hint)
        assert (ring.next_row, ring.readings, ring.damaged) == reported, hint
        assert ring.writer.count == count, hint


def test_the_row_number_in_a_ledger_of_any_size_counts_as_assigned():
    for size in (25, 96, 104):
        device = partition(4, 1)
        content = bytes([1 + i % 99 for i in range(size)])
        Ring(device, fresh(), ENV, False).keep("harbor", content)
        row = int.from_bytes(content[:8], "little")
        ring = Ring(device, "/none", ENV, False)
        assert (ring.next_row, ring.damaged, ring.writer.count) == (row, 1, 0), size
        # The number is the same if RTC memory has all rows.
        ring = Ring(device, "/none", ENV, False, (6, 18, SCHEMA))
        assert (ring.next_row, ring.damaged) == (row, 1)


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


def test_a_lost_head_of_a_page_with_newer_rows_is_noticed():
    for row, reported in ((5, (6, 18, 0)), (6, (7 + LOST, 18, 1)), (9, (10 + LOST, 18, 1))):
        for head, is_seen in ((TORN, True), (bytes(HEAD_SIZE), False)):
            device = partition(4, 1)
            octets = head + single(1, 1000, 1, [1]) + single(row, 1000, 1, [1])
            octets += frame(0xB1, varints(90 << 2)) + single(2, 1000, 1, [1])
            put(device, 2, octets)
            ring = Ring(device, "/none", ENV, False)
            expected = reported if is_seen else (6, 18, 0)
            assert (ring.next_row, ring.readings, ring.damaged) == expected, (row, head)
            assert ring.writer.count == (0 if expected[2] else 1)


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


def test_a_start_does_not_continue_a_chain_of_rice_frames():
    device, root = Device(3), fresh()
    ring = Ring(device, root, ENV, False, kind=RICE)
    ring.extend(some(30))
    again = Ring(device, root, ENV, False, kind=RICE)
    assert again.writer.count == 0 and again.hint() == ring.hint() and not again.damaged
    again.append(*some(1, 30)[0])
    assert device.cells[ring.offset] == 0xB1 and numbers(again) == list(range(31))
