"""Chains of frames in a ring, of both codings, and incomplete frames of ledgers."""

from support.node.check import raises
from support.queue.by_hand import LEDGER, frame, varint
from support.queue.folders import fresh
from support.queue.rows import ENV
from support.ring.device import Device, some
from support.ring.page_bytes import packed
from wherry.ring.continuation import ChainReader, continues, go_on
from wherry.ring.ring import Ring
from wherry.rows.frame import MS, RICE, ROWS, SIZE_MAX, FrameError
from wherry.rows.put import put_row
from wherry.rows.writer import RowsWriter


def rows_of(count):
    masks = (7, 7, 3, 3, 7, 1)
    rows = []
    for i in range(count):
        mask = masks[i % 6]
        values = [(i * 37 + j) % 101 for j in range(3) if mask >> j & 1]
        rows.append((5 + i, MS, 0, 1000 + 61 * i, i * i % 1000, mask, values))
    return rows


def chain_of(kind, rows):
    """Return the bytes of chained frames of one row each, and the offset of each frame."""
    writer, octets, places = RowsWriter(3, SIZE_MAX, kind), b"", []
    for row in rows:
        if octets:
            go_on(writer, kind)
        assert put_row(writer, *row)
        places.append(len(octets))
        octets += bytes(writer.frame())
    return bytearray(octets), places


def seen(reader):
    values = [reader.values[i] for i in range(3) if reader.mask >> i & 1]
    return (
        reader.row, reader.flags, reader.boot, reader.s, reader.ms, reader.mask, values,
    )  # fmt: skip


def test_a_chain_is_read_frame_by_frame():
    for kind in (ROWS, RICE):
        rows = rows_of(40)
        octets, places = chain_of(kind, rows)
        reader = ChainReader(octets, 3)
        for i, place in enumerate(places):
            assert octets[place] == (kind | 8 if i else kind)
            reader.open(place)
            assert reader.next() and seen(reader) == rows[i], (kind, i)
            assert reader.kind == kind and not reader.next()


def test_a_frame_continues_only_a_frame_of_its_own_kind():
    octets, places = chain_of(ROWS, rows_of(2))
    rice, rice_places = chain_of(RICE, rows_of(2))
    both = octets + rice
    reader = ChainReader(both, 3)
    raises(FrameError, reader.open, places[1])
    reader.open(places[0])
    raises(FrameError, reader.open, len(octets) + rice_places[1])
    reader.open(len(octets))
    raises(FrameError, reader.open, places[1])


def test_two_kinds_of_frames_continue_others():
    kinds = [kind for kind in range(256) if continues(kind)]
    assert kinds == [0xB9, 0xBA]


def test_a_ledger_frame_of_any_length_is_read_or_is_damage():
    content = b"\1" + bytes(7) + bytes(range(1, 9)) + bytes(8) + b"\0\7\0" + bytes(5) + b"\3"
    octets = packed(content)
    # A frame is complete after its size and after each group of eight bytes.
    whole = [1, 3, 12, 13, 15]
    for size in range(len(octets) + 1):
        device, root = Device(3), fresh()
        ring = Ring(device, root, ENV, False)
        ring.append(*some(1)[0])
        ring.keep("harbor", b"\1")
        ring.put(frame(LEDGER, varint(0) + octets[:size]))
        again = Ring(device, root, ENV, False)
        read = size in whole or size == len(octets)
        kept = [0, 8, 16, 24, 32][whole.index(size)] if size in whole else len(content)
        known = content[:kept] + bytes(len(content) - kept) if read else b"\1"
        assert again.ledgers["harbor"] == known, size
        assert again.damaged == (not read), size
