"""The pages of a ring: pages dropped during a read, found by a start, or with a cut ledger."""

from support.queue.folders import fresh
from support.queue.rows import ENV, seen
from support.ring.device import PAGE_SIZE, Device, numbers, read_rows, some
from wherry.ring import room
from wherry.ring.pages import head
from wherry.ring.ring import Ring
from wherry.rows.frame import LEDGER, SIZE_MAX, close_frame
from wherry.rows.varint import put_varint


def with_pages(device, count):
    """Return a ring of `count` pages with three rows each."""
    ring = Ring(device, fresh(), ENV, False)
    for _ in range(count):
        room.open_page(ring)
        ring.extend(some(3, ring.next_row))
    return ring


def test_a_reader_does_not_return_to_a_dropped_page():
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
        # The start reads at most eleven heads, and the tail page in windows of 1 KB.
        assert device.reads < 20, (count, device.reads)
        assert (again.page, again.hint()) == (ring.page, ring.hint()) and not again.damaged
        assert numbers(again) == numbers(ring), count


def seek_reads(ring, row):
    """Return how often a seek for the first row of a page reads the flash to find the page."""
    reader = ring.reader()
    ring.device.reads = 0
    reader.seek(row)
    assert reader.next() and reader.rows.row == row
    # One of the reads is a window of 512 bytes, which has the three rows.
    return ring.device.reads - 1


def test_a_seek_bisects_the_pages_that_may_have_its_row():
    for count, most in ((1, 0), (2, 1), (3, 2), (4, 2), (7, 3), (8, 3), (9, 4), (16, 4)):
        ring = with_pages(Device(18), count)
        # The head of the page found is read again when the page is opened.
        found = [seek_reads(ring, 3 * page) - 1 for page in range(count)]
        assert max(found) == most and min(found) >= most - 1, (count, found)


def test_a_seek_reads_each_damaged_head_once():
    ring = with_pages(Device(18), 8)
    for page in range(1, 8):
        ring.device.cells[page * PAGE_SIZE : page * PAGE_SIZE + 8] = bytes(8)
    # The heads of pages 4 to 1, 6, 5 and 7 are read, then the only page with a head is opened.
    assert seek_reads(ring, 0) == 7 + 1


def test_a_ledger_that_has_been_read_is_saved_without_reads():
    device = Device(4)
    ring = with_pages(device, 2)
    ledger = ring.ledger("a")
    ledger.load()
    device.reads = 0
    for row in (4, 5):
        ledger.row = row
        ledger.save()
    assert not device.reads
    assert Ring(device, ring.root, ENV, False).ledger("a").row == 5


def test_the_page_of_the_highest_sequence_is_the_tail():
    device = Device(5)
    ring = with_pages(device, 3)
    # A foreign tool may have left such a page; its numbers must not be assigned again.
    device.writeblocks(3, head(50, 900, 2700, ring.schema), 0)
    again = Ring(device, ring.root, ENV, False)
    assert (again.page, again.next_row, again.readings) == (3, 900, 2700)


def test_an_incomplete_ledger_is_damage_and_the_previous_one_applies():
    device = Device(3)
    ring = with_pages(device, 1)
    ledger = ring.ledger("harbor")
    ledger.row += 2
    ledger.delivered += 6
    ledger.save()
    buffer = bytearray(SIZE_MAX)
    at = put_varint(buffer, 2, ring.labels["harbor"] << 1)
    # The content should have eight bytes, the first of which is not zero, but the others are cut.
    buffer[at : at + 2] = bytes((8, 1))
    ring.put(memoryview(buffer)[: close_frame(buffer, LEDGER, at + 2)])
    again = Ring(device, ring.root, ENV, False)
    found = again.ledger("harbor")
    assert (found.row, found.delivered, again.damaged) == (2, 6, 1)
