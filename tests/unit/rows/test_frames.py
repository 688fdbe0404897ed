"""Frames, byte for byte: how one is filled, its numbers and texts, and walks over a file."""

import os

from support.node.check import raises
from support.queue.by_hand import frame as framed
from support.queue.by_hand import varint, zigzag
from support.queue.damage import write_file
from support.queue.folders import fresh
from support.queue.rows_by_spec import frame_of
from support.rows.written import KINDS, read
from wherry.rows.frame import (
    MS,
    SIZE_MAX,
    UNDATED,
    Cursor,
    FrameError,
    close_frame,
    frame_size,
)
from wherry.rows.mask import count_bits, mask_width
from wherry.rows.numbers import numbers
from wherry.rows.put import put_row
from wherry.rows.reader import RowsReader
from wherry.rows.varint import put_signed, put_text, put_varint, read_text
from wherry.rows.walker import Walker
from wherry.rows.writer import RowsWriter

FULL = (1 << 30) - 1
NUMBERS = (0, 1, 63, 64, 127, 128, 129, 16_383, 16_384, (1 << 32) - 1, 1 << 32, (1 << 63) - 1)


def cursor_at(payload):
    """Return a Cursor at the start of `payload`, which is followed by other numbers."""
    cursor = Cursor(b"\x05" + bytes((0xA3, len(payload))) + payload + b"\x05" * 12)
    cursor.open(1)
    return cursor


def test_numbers_are_written_and_read_as_leb128():
    buffer = bytearray(b"\xee" * 40)
    for n in NUMBERS:
        coded = varint(n)
        assert put_varint(buffer, 3, n) == 3 + len(coded) and buffer[3 : 3 + len(coded)] == coded
        cursor = cursor_at(coded)
        assert cursor.varint() == n and cursor.at == cursor.end == 3 + len(coded)
        for signed in (n, -n, -n - 1):
            coded = varint(zigzag(signed))
            assert put_signed(buffer, 3, signed) == 3 + len(coded)
            assert buffer[3 : 3 + len(coded)] == coded
            if abs(signed) < 1 << 62:
                assert cursor_at(coded).signed() == signed


def test_a_number_ends_within_its_frame_and_has_at_most_ten_bytes():
    for n in NUMBERS[5:]:
        cursor = cursor_at(varint(n)[:-1])
        raises(FrameError, cursor.varint)
    raises(FrameError, cursor_at(b"").varint)
    assert cursor_at(b"\xff" * 9 + b"\x01").varint() == (1 << 64) - 1
    raises(FrameError, cursor_at(b"\xff" * 10 + b"\x01").varint)
    # No frame has been opened yet.
    raises(FrameError, Cursor(b"\x05" * 8).varint)


def test_texts_are_read_up_to_the_end_of_the_frame():
    buffer = bytearray(300)
    for text in ("", "a", "°C", "x" * 127, "x" * 128):
        end = put_text(buffer, 2, text)
        coded = text.encode()
        assert buffer[2:end] == varint(len(coded)) + coded, text
        cursor = cursor_at(bytes(buffer[2:end]))
        assert read_text(cursor) == text and cursor.at == cursor.end
    cursor = cursor_at(b"\x02ab\x01c")
    assert (read_text(cursor), read_text(cursor)) == ("ab", "c")
    raises(FrameError, read_text, cursor_at(b"\x03ab"))
    raises(FrameError, read_text, cursor_at(b"\x02a\xff"))


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


def test_a_frame_is_of_a_known_size_and_one_of_32_kinds():
    assert not frame_size(framed(0xB1, bytes(235)), 0, 241)
    for kind in (0x00, 0x20, 0x9F, 0xA0, 0xA4, 0xBF, 0xC0, 0xE0, 0xFF):
        expected = 9 if 0xA0 <= kind <= 0xBF else 0
        assert frame_size(framed(kind, b"abc"), 0, 9) == expected, kind
    for end in range(7):
        assert not frame_size(framed(0xB1, b"")[:end] + bytes(9), 0, end if end < 6 else 5)


def test_bits_of_masks_are_counted():
    for mask, count, width in (
        (0, 0, 0), (1, 1, 1), (2, 1, 2), (3, 2, 2), (5, 2, 3), (0xFFFFFFFF, 32, 32),
        (1 << 95 | 1, 2, 96),
    ):  # fmt: skip
        assert (count_bits(mask), mask_width(mask)) == (count, width), mask


def test_only_names_in_the_number_format_are_numbers():
    folder = fresh()
    for name in (
        "0000000a", "00000000", "ffffffff", "0000000A", "a", "-0000001", "0x00000b", "000000001",
        "thinned", "0000000g", "000000000b",
    ):  # fmt: skip
        write_file(folder + "/" + name, b"")
    assert numbers(folder) == [0, 10, 0xFFFFFFFF]
    assert numbers(folder, "%010x") == [11]
    os.remove(folder + "/0000000a")
    assert numbers(folder) == [0, 0xFFFFFFFF]


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


def test_a_walk_continues_after_the_file_has_grown_or_moved():
    folder = fresh()
    first, second = framed(0xB1, bytes(100)), framed(0xB2, bytes(30))
    walker = Walker()
    assert not walker.next() and walker.offset == 0
    write_file(folder + "/a", first)
    walker.open(folder + "/a", 0)
    assert walked(walker) == [(0, 106)]
    write_file(folder + "/a", first + second + first)
    assert not walker.next()
    walker.read_on()
    assert walked(walker) == [(106, 36), (142, 106)]
    write_file(folder + "/b", first + second + first + second)
    os.remove(folder + "/a")
    assert not walker.moved(folder + "/a") and walker.moved(folder + "/b")
    walker.read_on()
    assert walked(walker) == [(248, 36)] and not walker.damaged
    walker.open(folder + "/none", 0)
    raises(OSError, walker.next)


def test_a_frame_takes_rows_up_to_the_byte():
    first, second = (1, 0, 0, 1000, 0, 3, [500, -500]), (2, 0, 0, 1060, 0, 3, [0, 7000])
    for kind in KINDS:
        for rows in ([first], [first, second]):
            size = len(frame_of(kind, rows, 2).whole())
            for size_max in (size - 1, size, size + 1):
                writer = RowsWriter(2, size_max, kind)
                taken = [put_row(writer, *row) for row in rows]
                assert taken == [True] * (len(rows) - 1) + [size_max >= size], (kind, size_max)


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


def test_a_frame_that_had_no_room_for_a_row_takes_no_more_rows():
    for kind in KINDS:
        writer = RowsWriter(2, 20, kind)
        assert put_row(writer, 1, 0, 0, 1000, 0, 3, [1, 2])
        before = writer.frame()
        assert not put_row(writer, 2, 0, 0, 90_000_000, 0, 1, [FULL])
        assert not put_row(writer, 2, 0, 0, 1000, 0, 3, [1, 2])
        assert writer.frame() == before and writer.count == 1
        writer.clear()
        assert put_row(writer, 2, 0, 0, 1000, 0, 3, [1, 2])
        assert read(writer.frame(), 2) == [(2, 0, 0, 1000, 0, 3, [1, 2])]


def test_a_mask_is_taken_up_to_the_last_channel_that_has_a_name():
    # Two of the channels are the node's own, and a row of a thinned segment has one more value.
    reader = RowsReader(bytearray(8), 6, 2)
    reader.more_count = 1
    taken = (
        (0, 0, 0), (1 << 2, 1, 1), (7 << 2, 7, 3),
        (1 << 2 | 1, 1 << 3, 4), (3 << 2 | 1, 3 << 3, 5),
        (1 << 2 | 2, 1 << 5 | 1, 6), (2 << 2 | 3, 1 << 5 | 1 << 4, 6), (2, 1 << 5, 6),
    )  # fmt: skip
    for coded, mask, width in taken:
        assert reader.take_mask(coded) == reader.mask == mask, coded
        assert reader.width == width, coded
    for coded in (1 << 3 + 2, 1 << 3 + 2 | 2, 1 << 2 + 2 | 1, 1 << 2 + 2 | 3, 1 << 40):
        raises(FrameError, reader.take_mask, coded)
