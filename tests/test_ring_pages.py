"""The pages of a ring: dropped under a reader, found again by a start, with a ledger cut short."""

from folders import fresh
from test_queue import ENV, seen
from test_ring import Device, numbers, read_rows, some
from wherry.ring import room
from wherry.ring.pages import head
from wherry.ring.ring import Ring
from wherry.rows.frame import LEDGER, SIZE_MAX, close_frame
from wherry.rows.varint import put_varint


def with_pages(device, count):
    """Return a ring of so many pages with three rows each."""
    ring = Ring(device, fresh(), ENV, False)
    for _ in range(count):
        room.open_page(ring)
        ring.extend(some(3, ring.next_row))
    return ring


def test_a_reader_goes_back_to_no_page_that_was_dropped():
    ring = Ring(Device(3), fresh(), ENV, False)
    ring.extend(some(900))
    assert not ring.drops
    reader = ring.reader()
    reader.seek(0)
    assert reader.next() and reader.rows.row == 0
    while ring.drops < 2:
        ring.extend(some(50, ring.next_row))
    there = read_rows(ring)
    assert there[0][0] > 0
    for row in (0, there[0][0], there[5][0]):
        reader.seek(row)
        found = []
        while reader.next():
            found.append(seen(reader))
        assert found == [each for each in there if each[0] >= row], row


def test_a_start_reads_few_heads_of_a_large_partition():
    for count in (1, 40, 63, 64, 90):
        device = Device(64)
        ring = with_pages(device, count)
        device.reads = 0
        again = Ring(device, ring.root, ENV, False)
        # Eleven heads at most, and the tail page in windows of 1 KB.
        assert device.reads < 20, (count, device.reads)
        assert (again.page, again.hint()) == (ring.page, ring.hint()) and not again.damaged
        assert numbers(again) == numbers(ring), count


def test_the_page_of_the_highest_sequence_is_the_tail():
    device = Device(5)
    ring = with_pages(device, 3)
    # As a foreign tool may leave it: none of its numbers may be given a second time.
    device.writeblocks(3, head(50, 900, 2700, ring.schema), 0)
    again = Ring(device, ring.root, ENV, False)
    assert (again.page, again.next_row, again.readings) == (3, 900, 2700)


def test_a_ledger_that_ends_too_early_is_damage_and_the_one_before_counts():
    device = Device(3)
    ring = with_pages(device, 1)
    ledger = ring.ledger("harbor")
    ledger.row += 2
    ledger.delivered += 6
    ledger.save()
    buffer = bytearray(SIZE_MAX)
    at = put_varint(buffer, 2, ring.labels["harbor"] << 1)
    # A content of eight bytes, the first of which is not zero; but then nothing follows.
    buffer[at : at + 2] = bytes((8, 1))
    ring.put(memoryview(buffer)[: close_frame(buffer, LEDGER, at + 2)])
    again = Ring(device, ring.root, ENV, False)
    found = again.ledger("harbor")
    assert (found.row, found.delivered, again.damaged) == (2, 6, 1)
