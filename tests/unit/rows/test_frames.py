"""Frames, byte for byte: how one is filled, walks over a file, and the head of a segment."""

from support.node.check import raises
from support.queue.by_hand import frame as framed
from support.queue.by_hand import text, varint
from support.queue.damage import write_file
from support.queue.folders import fresh
from support.rows.written import KINDS
from wherry.rows import segment
from wherry.rows.frame import (
    MS,
    SIZE_MAX,
    UNDATED,
    Cursor,
    FrameError,
    close_frame,
    frame_size,
)
from wherry.rows.put import put_row
from wherry.rows.varint import read_text
from wherry.rows.walker import Walker
from wherry.rows.writer import RowsWriter

NUMBERS = (128, 129, 16_383, 16_384, (1 << 32) - 1, 1 << 32, (1 << 63) - 1)


def cursor_at(payload):
    """Return a Cursor at the start of `payload`, which is followed by other numbers."""
    cursor = Cursor(b"\x05" + bytes((0xA3, len(payload))) + payload + b"\x05" * 12)
    cursor.open(1)
    return cursor


def test_a_number_ends_within_its_frame_and_has_at_most_ten_bytes():
    for n in NUMBERS:
        cursor = cursor_at(varint(n)[:-1])
        raises(FrameError, cursor.varint)
    raises(FrameError, cursor_at(b"").varint)
    raises(FrameError, read_text, cursor_at(b"\x03ab"))
    raises(FrameError, read_text, cursor_at(b"\x02a\xff"))
    assert cursor_at(b"\xff" * 9 + b"\x01").varint() == (1 << 64) - 1
    raises(FrameError, cursor_at(b"\xff" * 10 + b"\x01").varint)
    # No frame has been opened yet.
    raises(FrameError, Cursor(b"\x05" * 8).varint)


def test_a_frame_is_intact_only_with_all_its_bytes():
    for size in (0, 1, 2, 234):
        payload = bytes([i * 7 & 255 for i in range(size)])
        frame = framed(0xB1, payload)
        buffer = bytearray(b"\x33" * 2 + payload + b"\xee" * 8)
        assert close_frame(buffer, 0xB1, 2 + size) == len(frame)
        assert buffer[: len(frame)] == frame and buffer[len(frame) :] == b"\xee" * 4
        around = b"\xa3" * 5 + frame + b"\xa3" * 5
        assert frame_size(around, 5, len(around)) == frame_size(around, 5, 5 + len(frame))
        assert frame_size(around, 5, 5 + len(frame)) == size + 6
        assert not frame_size(around, 5, 4 + len(frame)) and not frame_size(around, 4, len(around))
        for at in {0, 1, size // 2, size + 1, size + 2, size + 3, size + 4, size + 5}:
            broken = bytearray(frame)
            broken[at] ^= 1
            assert not frame_size(broken, 0, len(broken)), (size, at)
    assert not frame_size(framed(0xB1, bytes(235)), 0, 241)


def walked(walker):
    """Return (place, size) of each frame that a walker finds; check that the frame is at `at`."""
    found = []
    while walker.next():
        found.append((walker.offset, walker.size))
        assert frame_size(walker.buffer, walker.at, walker.at + walker.size) == walker.size
    assert not walker.next()
    return found


def test_a_walk_finds_each_frame_and_counts_all_other_bytes():
    path = fresh() + "/frames"
    # The file has frames of all sizes with other bytes around them, and is read in many pieces.
    content, places, damaged = b"", [], 0
    for i, size in enumerate((234, 0, 234, 233, 1, 40, 234, 234, 100, 234, 3, 7)):
        gap = (0, 1, 300, 0, 5, 700, 240, 239, 241, 0, 512, 2)[i]
        content += b"\xff" * gap
        damaged += gap
        places.append((len(content), size + 6))
        content += framed(0xB1, bytes([i]) * size)
    for tail in (b"", b"\xb1", b"\xb1\xea" + bytes(200), b"\xb1" * 600):
        write_file(path, content + tail)
        walker = Walker()
        walker.open(path, 0)
        assert walked(walker) == places and walker.damaged == damaged + len(tail), tail
        # A walk may begin at a frame; the count of damaged bytes continues.
        walker.open(path, places[5][0])
        assert walked(walker) == places[5:]
        assert walker.damaged == 2 * (damaged + len(tail)) - (0 + 1 + 300 + 0 + 5 + 700)


def test_a_row_out_of_sequence_is_refused_and_the_frame_stays_open():
    row = (8, UNDATED, 3, 1000, 0, 1, [5])
    others = (
        (10,) + row[1:], (8,) + row[1:], (9, UNDATED | MS) + row[2:], (9, 0) + row[2:],
        (9, UNDATED, 4) + row[3:], (9, UNDATED, 2) + row[3:],
    )  # fmt: skip
    for kind in KINDS:
        writer = RowsWriter(1, SIZE_MAX, kind)
        assert put_row(writer, *row)
        before = writer.frame()
        for other in others:
            assert not put_row(writer, *other) and writer.frame() == before, other
        assert put_row(writer, 9, *row[1:]) and writer.count == 2


CHANNELS = [("temperature", "°C", 2), ("x" * 120, "", 0), ("node_row", "", 6)]


def channel(index, name, unit, decimals):
    return framed(0xA5, bytes((index, decimals)) + text(name) + text(unit))


def opening(form, row, readings, flags, *rest):
    return framed(0xA4, b"".join([varint(n) for n in (form, row, readings, flags) + rest]))


def named(channels):
    return b"".join([channel(i, *each) for i, each in enumerate(channels)])


def head_of(content, known=None):
    path = fresh() + "/segment"
    write_file(path, content)
    walker = Walker()
    return segment.Head(walker, path, known), walker


def fields(head):
    return head.row, head.readings, head.ms, head.row_step, head.own_count


ROWS = framed(0xB1, b"rows")


def test_each_field_of_a_head_is_read():
    row, readings = (1 << 40) + 3, 3 << 38
    for first, expected in (
        (opening(2, row, readings, 0, 3, 1), (row, readings, False, 1, 1)),
        (opening(2, row, readings, 1, 3, 0), (row, readings, True, 1, 0)),
        (opening(2, 0, 0, 2, 8, 3, 2), (0, 0, False, 8, 2)),
        (opening(2, 7, 9, 3, 2, 3, 3), (7, 9, True, 2, 3)),
    ):
        content = first + named(CHANNELS) + ROWS
        head, walker = head_of(content)
        assert fields(head) == expected and head.channels == CHANNELS
        assert head.schema == segment.schema_crc(CHANNELS, head.ms)
        # The walker is at the last channel's frame, and the next frame has rows.
        assert walker.next() and walker.buffer[walker.at] == 0xB1 and not walker.damaged
        known, walker = head_of(content, head.schema)
        assert fields(known) == expected and known.channels == []
        assert known.schema == head.schema
        assert walker.next() and walker.offset == len(content) - len(ROWS)
        other, _ = head_of(content, head.schema ^ 1)
        assert other.channels == CHANNELS and other.schema == head.schema


def test_invalid_heads_are_refused_with_the_reason():
    first = opening(2, 7, 9, 0, 3, 1)
    whole = named(CHANNELS)
    for content, reason in (
        (b"", "does not begin"), (ROWS + first + whole, "does not begin"),
        (first[:-1], "does not begin"), (whole, "does not begin"),
        (opening(3, 7, 9, 0, 3, 1) + whole, "segment format 3 is unknown, not 2"),
        (opening(1, 7, 9, 0, 3, 1) + whole, "segment format 1 is unknown, not 2"),
        (first, "channel 0 is not named"), (first + named(CHANNELS[:2]), "channel 2 is not named"),
        (first + ROWS + whole, "channel 0 is not named"),
        (first + channel(1, *CHANNELS[0]) + whole, "channel 0 is not named"),
        (first + named(CHANNELS[:2]) + channel(3, *CHANNELS[2]), "channel 2 is not named"),
        (first + named(CHANNELS[:2]) + ROWS, "channel 2 is not named"),
    ):  # fmt: skip
        error = raises(FrameError, head_of, content)
        assert reason in str(error), (content, error)
    assert "/segment" in str(raises(FrameError, head_of, first))
