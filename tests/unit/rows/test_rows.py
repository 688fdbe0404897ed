"""Frames of rows of both kinds: bits of codes, frames that continue others, cut payloads."""

import random

from support.node.check import raises
from support.rows.written import KINDS, random_rows, read, read_frames, write
from wherry.ring.continuation import ChainReader, continues, go_on
from wherry.rows.form import is_rows
from wherry.rows.frame import (
    CONTINUES,
    RICE,
    ROWS,
    SIZE_MAX,
    FrameError,
    close_frame,
)
from wherry.rows.put import put_row
from wherry.rows.writer import RowsWriter

# (values of the first row, mask and values of the second row, the second row's bits in the spec)
RICE_BITS = (
    ((0,), 1, (-44,), "1 11111111110 111"),
    ((0,), 1, (44,), "1 111111111110 000"),
    ((0,), 1, (-48,), "1 111111111110 111"),
    ((0,), 1, (48,), "1 111111111111 00110 1100000"),
    ((0, 0), 1, (1,), "01 0000 00 000000 1 0010"),
    ((0, 0), 2, (1,), "01 0000 00 000001 10 0010"),
    ((0, 0, 0), 5, (1, -1), "01 0000 00 000010 101 0010 0001"),
)


def test_a_rice_row_has_the_bits_of_the_spec():
    for first, mask, values, bits in RICE_BITS:
        count = len(first)
        writer = RowsWriter(count, SIZE_MAX, RICE)
        assert put_row(writer, 0, 0, 0, 1000, 0, (1 << count) - 1, first)
        begin = writer.close() - 4
        assert put_row(writer, 1, 0, 0, 1000, 0, mask, values)
        frame = bytes(writer.buffer[begin : writer.close() - 4])
        bits = bits.replace(" ", "")
        bits += "1" * (-len(bits) % 8)
        found = "".join(["1" if byte >> 7 - i & 1 else "0" for byte in frame for i in range(8)])
        assert found == bits, (first, mask, values)


def write_on(kind, rows, channel_count, row_step):
    """Return frames of rows; each frame continues the previous one if possible."""
    writer = RowsWriter(channel_count, SIZE_MAX, kind)
    writer.row_step = row_step
    frames, begun = [], False
    for row in rows:
        if begun:
            go_on(writer, kind)
        if not begun or not put_row(writer, *row):
            writer.clear()
            assert put_row(writer, *row), row
        frames.append(bytes(writer.frame()))
        # Occasionally more rows in the same frame.
        begun = random.randrange(5) > 0
    return frames


def test_frames_that_continue_others_are_read_back():
    seed = random.getrandbits(30)
    print("seed", seed)
    random.seed(seed)
    for case in range(100):
        channel_count = random.choice((1, 2, 5, 17, 32))
        row_step = random.choice((1, 1, 2, 64))
        rows = random_rows(random.randrange(1, 60), channel_count)
        rows = [(row[0] * row_step,) + row[1:] for row in rows]
        for kind in KINDS:
            frames = write_on(kind, rows, channel_count, row_step)
            reader = ChainReader(bytearray(SIZE_MAX), channel_count)
            reader.row_step = row_step
            assert read_frames(frames, reader) == rows, (seed, case, kind)
            for frame in frames:
                assert is_rows(frame[0]) != continues(frame[0])
                assert frame[0] & ~CONTINUES == kind


def test_a_frame_that_continues_nothing_is_refused():
    row = (1, 0, 0, 1000, 0, 3, [1, 2])
    for kind in KINDS:
        writer = RowsWriter(2, SIZE_MAX, kind)
        put_row(writer, *row)
        first = writer.frame()
        go_on(writer, kind)
        put_row(writer, 2, 0, 0, 1060, 0, 3, [1, 2])
        second = writer.frame()
        reader = ChainReader(bytearray(SIZE_MAX), 2)
        raises(FrameError, read_frames, [second], reader)
        assert [found[0] for found in read_frames([first, second], reader)] == [1, 2]
        other = write(ROWS + RICE - kind, [row], 2)
        raises(FrameError, read_frames, other + [second], reader)


def test_a_cut_payload_ends_the_rows_or_is_an_error():
    rows = [
        (i, 0, 0, 1000 + 60 * i + i % 3, 0, 7, [i * i % 90, 5000 - i, i % 7 * 1000])
        for i in range(20)
    ]
    for kind in KINDS:
        (frame,) = write(kind, rows, 3)
        for end in range(12, len(frame) - 4):
            cut = bytearray(frame)
            size = close_frame(cut, kind, end)
            try:
                found = read(cut[:size], 3)
            except FrameError:
                continue
            assert found == rows[: len(found)], (kind, end)
