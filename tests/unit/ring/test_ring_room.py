"""Room in a ring, and the damage that its reader counts."""

from support.node.check import raises
from support.queue.folders import fresh
from support.queue.rows import ENV, seen
from support.ring.device import PAGE_SIZE, Device, numbers, read_rows, some
from support.ring.page_bytes import HEAD_SIZE
from support.ring.partition import TORN, partition, put
from wherry.ring import room
from wherry.ring.ring import Ring

LEDGERS_SIZE = 320


class Uplink:
    def __init__(self, ring, name):
        self.name, self.ledger = name, ring.ledger(name)


def opened(count, last, asked, may=True):
    """Return a ring on a partition; the ring's requests to drop are added to `asked`."""
    device = partition(count, last)
    ring = Ring(device, fresh(), ENV, False)
    ring.on_drop = lambda end, readings: asked.append((end, readings)) or may
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


def test_a_page_that_must_stay_is_kept_until_it_may_be_dropped():
    reported = []
    ring, device = opened(3, 2, reported, False)
    cells = bytes(device.cells)
    for i in range(3):
        ring.make_room()
        assert reported == [(3, 9)] * (i + 1) and (ring.freed, ring.drops) == (False, 0)
    assert bytes(device.cells) == cells
    error = raises(OSError, room.open_page, ring)
    assert error.errno == 28 and ring.dropping is False
    ring.on_drop = None
    room.open_page(ring)
    assert (ring.page, ring.sequence, ring.freed, ring.drops) == (0, 3, False, 1)
    assert (ring.closed, ring.offset, device.erases) == (False, HEAD_SIZE, 1)


def test_waiting_readings_of_every_uplink_in_a_dropped_page_are_counted():
    ring, _ = opened(3, 2, [])
    for name, row in (("a", 0), ("b", 0), ("c", 3), ("d", 2)):
        ledger = ring.ledger(name)
        ledger.row, ledger.delivered = row, 3 * row + 0 * ledger.row
        ledger.save()
    ring.uploads = [Uplink(ring, "a")]
    ring.make_room()
    # Readings of an uplink in use are counted by `on_drop`.
    for name, row, dropped in (("a", 0, 0), ("b", 3, 9), ("c", 3, 0), ("d", 3, 3)):
        ledger = ring.ledger(name)
        assert (ledger.row, ledger.dropped) == (row, dropped), name


def test_pages_without_a_head_are_skipped_to_find_the_first_row_that_stays():
    reported = []
    ring, device = opened(4, 3, reported)
    put(device, 1, TORN)
    put(device, 2, TORN)
    ring.make_room()
    assert reported == [(9, 27)]
    reported = []
    ring, device = opened(4, 3, reported)
    for page in (1, 2, 3):
        put(device, page, TORN)
    ring.make_room()
    assert reported == [(12, 36)]


def test_room_is_left_for_ledgers_while_a_page_must_stay():
    ring, _ = opened(3, 2, [], False)
    while True:
        row = ring.next_row
        try:
            ring.append(0, 0, 1000 + 60 * row, 0, 1, [row])
        except OSError as error:
            assert error.errno == 28
            break
    assert ring.next_row == row
    # A frame that continues another has eight bytes.
    assert PAGE_SIZE - LEDGERS_SIZE - 16 < ring.offset <= PAGE_SIZE - LEDGERS_SIZE
    ring.on_drop = None
    ring.append(0, 0, 1000 + 60 * row, 0, 1, [row])
    assert ring.sequence == 2 and ring.offset > PAGE_SIZE - LEDGERS_SIZE - 16
    assert numbers(ring)[-1] == row and not ring.damaged


def test_a_page_is_filled_to_its_last_byte():
    offsets = []
    for i in range(8):
        ring = Ring(Device(4), fresh(), ENV, False)
        ring.keep("harbor" + "x" * i, b"\1")
        while ring.sequence < 1:
            offset = ring.offset
            ring.append(0, 0, 1000 + 60 * ring.next_row, 0, 1, [ring.next_row])
        offsets.append(offset)
        assert PAGE_SIZE - 8 < offset <= PAGE_SIZE
    assert PAGE_SIZE in offsets


def test_a_ledger_that_just_fits_begins_no_page():
    for more in (0, 1):
        device = partition(4, 0)
        ring = Ring(device, fresh(), ENV, False)
        ring.keep("harbor", b"\1")
        size = ring.offset
        ring.keep("harbor", b"\2")
        size = ring.offset - size
        ring.offset = PAGE_SIZE - size + more
        ring.keep("harbor", b"\3")
        assert ring.sequence == more and ring.ledgers == {"harbor": b"\3"}
        assert more or ring.offset == PAGE_SIZE
        again = Ring(device, ring.root, ENV, False)
        assert again.ledgers == {"harbor": b"\3"} or not more


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


def test_every_row_is_found_from_every_page():
    for damaged_page in (None, 0, 1, 2, 3, 4):
        ring = Ring(partition(5, 7), fresh(), ENV, False)
        model = read_rows(ring)
        if damaged_page is not None:
            put(ring.device, damaged_page, TORN)
        # The sequences of the pages are 5, 6, 7, 3 and 4.
        gone = () if damaged_page is None else range(*page_rows(damaged_page))
        left = [row for row in model if row[0] not in gone]
        reader = ring.reader()
        for again in range(2):
            for row in (0, 8, 9, 10, 11, 12, 17, 18, 23, 24, 25, 22, 14, 9, 3):
                if again:
                    reader.forget()
                reader.seek(row)
                found = []
                while reader.next():
                    found.append(seen(reader))
                assert found == [each for each in left if each[0] >= row], (damaged_page, row)
        ring.damaged = 0
        assert len(read_rows(ring)) == len(left)
        # The oldest page may already have been freed.
        assert ring.damaged == (damaged_page is not None and damaged_page != 3), damaged_page


def page_rows(page):
    sequence = (5, 6, 7, 3, 4)[page]
    return 3 * sequence, 3 * sequence + 3
