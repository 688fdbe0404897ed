"""Files beside a ring: names of channels, and rows from before there was one."""

import os

from by_hand import head
from damage import read_file, write_file
from folders import fresh
from test_queue import ENV
from test_ring import Device, numbers, some
from test_ring_room import Uplink
from test_ring_start import partition
from wherry import small_file
from wherry.queue.queue import Queue
from wherry.ring import older, room
from wherry.ring.ring import Ring


def test_names_that_no_page_needs_go_with_the_next_schema():
    device, root = partition(4, 1), fresh()
    small_file.make_folder(root + "/schemas")
    ring = Ring(device, root, ENV, False)
    name = "%08x" % ring.schema
    for there in ("00000007", "other"):
        write_file(root + "/schemas/" + there, b"x")
    write_file(root + "/schemas/" + name, b"damaged")
    room.keep_schema(ring)
    assert os.listdir(root + "/schemas") == [name]
    assert read_file(root + "/schemas/" + name) == head(0, 0, ENV)
    write_file(root + "/schemas/other", b"x")
    room.keep_schema(ring)
    assert len(os.listdir(root + "/schemas")) == 2


def test_files_of_earlier_times_are_taken_up_and_let_go():
    root = fresh()
    ring = Ring(Device(4), root, ENV, False)
    older.take_up(ring)
    assert ring.older is None and ring.hint()[:2] == (0, 0)
    queue = Queue(root, ENV, False, 400_000)
    for row in some(7):
        queue.append(*row)
    small_file.make_folder(root + "/segments/a/b")
    write_file(root + "/segments/a/file", b"x")
    small_file.make_folder(root + "/cursors")
    for name, row in (("a", 7), ("b", 3)):
        ledger = queue.ledger(name)
        ledger.row, ledger.delivered = row, 3 * row
        ledger.save()
    write_file(root + "/cursors/new", b"damaged")
    for first, told in ((0, (7, 21)), (7, (7, 0)), (8, (8, 0))):
        ring = Ring(Device(4), root, ENV, False)
        ring.next_row = first
        older.take_up(ring)
        assert ring.older and ring.hint()[:2] == told
    ring = Ring(Device(4), root, ENV, False)
    older.take_up(ring)
    uplink = Uplink(ring, "a")
    older.let_go(ring, [uplink])
    assert ring.older  # It has no page yet.
    ring.append(*some(1, 7)[0])
    older.let_go(ring, [uplink, Uplink(ring, "b")])
    assert ring.older and numbers(ring) == list(range(8))
    older.let_go(ring, [uplink])
    assert ring.older is None and sorted(ring.ledgers) == ["a", "b"]
    for name in ("/segments", "/rows", "/cursors"):
        assert os.listdir(root + name) == []
    again = Ring(ring.device, root, ENV, False)
    assert [again.ledger(name).row for name in ("a", "b", "new")] == [7, 3, 0]
    assert [again.ledger(name).delivered for name in ("a", "b")] == [21, 9]
