"""Room in a ring, and the damage that its reader counts."""

from support.node.check import raises
from support.queue.folders import fresh
from support.queue.rows import ENV, seen
from support.ring.device import PAGE_SIZE, Device, numbers, read_rows, some
from support.ring.page_bytes import HEAD_SIZE
from support.ring.partition import TORN, partition, put
from wherry.ring import room
from wherry.ring.ring import Ring
from wherry.rows.frame import LEDGER, SIZE_MAX, close_frame
from wherry.rows.varint import put_varint


class Uplink:
    def __init__(self, ring, name):
        self.name, self.ledger = name, ring.ledger(name)


def opened(count, last, asked):
    """Return a ring on a partition; the ring's requests to drop are added to `asked`."""
    device = partition(count, last)
    ring = Ring(device, fresh(), ENV, False)
    ring.on_drop = lambda end, readings: asked.append((end, readings)) or True
    return ring, device


def test_the_page_after_the_tail_is_dropped_and_counted_once():
    # pages, the tail's sequence, the head after the tail -> requests to drop, number of drops
    for count, last, after, asked, drops in (
        (4, 0, None, [], 0), (4, 2, None, [], 0), (4, 3, None, [(3, 9)], 1),
        (4, 6, None, [(12, 36)], 1), (4, 2, bytes(HEAD_SIZE), [], 0), (4, 2, TORN, [], 0),
        (4, 3, bytes(HEAD_SIZE), [(3, 9)], 0), (4, 3, TORN, [(3, 9)], 0),
        (4, 9, bytes(HEAD_SIZE), [(21, 63)], 0), (3, 2, None, [(3, 9)], 1),
    ):  # fmt: skip
        reported = []
        ring, device = opened(count, last, reported)
        page = (last + 1) % count
        if after:
            put(device, page, after)
        rest = bytes(device.cells[page * PAGE_SIZE + HEAD_SIZE : (page + 1) * PAGE_SIZE])
        case = count, last, after
        for _ in range(2):
            ring.make_room()
            assert (reported, ring.drops, ring.freed) == (asked, drops, True), case
            assert ring.dropping is False
        found = device.cells[page * PAGE_SIZE : (page + 1) * PAGE_SIZE]
        assert found[HEAD_SIZE:] == rest
        if drops:
            assert found[:HEAD_SIZE] == bytes(HEAD_SIZE), case


def test_waiting_readings_of_every_uplink_in_a_dropped_page_are_counted():
    ring, _ = opened(3, 2, [])
    for name, row in (("a", 0), ("b", 0), ("c", 3), ("d", 2)):
        ledger = ring.ledger(name)
        ledger.load()
        ledger.row, ledger.delivered = row, 3 * row
        ledger.save()
    ring.uploads = [Uplink(ring, "a")]
    ring.make_room()
    # Readings of an uplink in use are counted by `on_drop`.
    for name, row, dropped in (("a", 0, 0), ("b", 3, 9), ("c", 3, 0), ("d", 3, 3)):
        ledger = ring.ledger(name)
        assert (ledger.row, ledger.dropped) == (row, dropped), name


def test_a_refused_frame_is_zeroed_and_skipped():
    device, root = Device(4), fresh()
    ring = Ring(device, root, ENV, False)
    for row in some(2):
        ring.append(*row)
    offset = ring.offset
    device.refuses = 1
    raises(OSError, ring.append, *some(1, 2)[0])
    assert ring.offset == offset + 240 and ring.writer.count == 0
    size = 9
    found = bytes(device.cells[offset : offset + 240])
    assert found == bytes(size) + b"\xff" * (240 - size), found
    assert ring.append(*some(1, 2)[0]) == 2 and device.cells[offset + 240] == 0xB1
    assert numbers(ring) == [0, 1, 2] and not ring.damaged


def frames_of_rows():
    """Return a ring of two chains, with a frame between them, and the places of all frames."""
    device = Device(4)
    ring = Ring(device, fresh(), ENV, False)
    places = []
    for row in some(6):
        places.append(None)
        if ring.next_row == 3:
            ring.extend([row])
        else:
            ring.append(*row)
        places[-1] = ring.offset - 1
    return ring, device, places


def test_damaged_frames_are_counted_with_the_frames_that_continue_them():
    for which, left, damaged in (
        (0, [3, 4, 5], 1), (1, [0, 3, 4, 5], 1), (2, [0, 1, 3, 4, 5], 1), (3, [0, 1, 2, 4, 5], 1),
        (4, [0, 1, 2, 3], 1), (5, [0, 1, 2, 3, 4], 0),
    ):  # fmt: skip
        ring, device, places = frames_of_rows()
        model = read_rows(ring)
        assert [row[0] for row in model] == list(range(6)) and not ring.damaged
        device.cells[places[which]] ^= 1
        found = read_rows(ring)
        assert found == [model[i] for i in left] and ring.damaged == damaged, which
        room.open_page(ring)
        ring.append(*some(1, 6)[0])
        ring.damaged = 0
        assert [row[0] for row in read_rows(ring)] == left + [6]
        assert ring.damaged == 1, which


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
