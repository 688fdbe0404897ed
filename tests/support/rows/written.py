"""Rows written to frames of both kinds, and read."""

import random

from wherry.reading import VALUE_MAX
from wherry.rows.frame import (
    MS,
    RICE,
    ROWS,
    SIZE_MAX,
    UNDATED,
    frame_size,
)
from wherry.rows.put import put_row
from wherry.rows.reader import RowsReader
from wherry.rows.writer import RowsWriter

KINDS = (ROWS, RICE)


def read(frame, channel_count, own_count=0):
    """Return the rows of a frame as (row, flags, boot, s, ms, mask, values in the mask)."""
    return read_frames([frame], RowsReader(bytearray(frame), channel_count, own_count))


def read_frames(frames, reader):
    """Return the rows of consecutive frames, which are read one by one into the same buffer."""
    found = []
    for frame in frames:
        reader.buffer[: len(frame)] = frame
        reader.open(0)
        while reader.next():
            values = [v for i, v in enumerate(reader.values) if reader.mask >> i & 1]
            head = (reader.row, reader.flags, reader.boot, reader.s, reader.ms, reader.mask)
            found.append(head + (values,))
    return found


def write(kind, rows, channel_count, size_max=SIZE_MAX, own_count=0):
    """Return the frames of rows, checked after each added row."""
    writer = RowsWriter(channel_count, size_max, kind, own_count)
    frames = []
    for row in rows:
        if not put_row(writer, *row):
            frames.append(bytes(writer.buffer[: writer.close()]))
            writer.clear()
            assert put_row(writer, *row), row
        size = writer.close()
        assert frame_size(writer.buffer, 0, size) == size
    frames.append(bytes(writer.buffer[: writer.close()]))
    return frames


def bounded(value):
    return max(-VALUE_MAX, min(VALUE_MAX, value))


def random_rows(count, channel_count):
    """Return random rows whose values, steps and masks change by small and large amounts."""
    wild = random.randrange(4)
    flags = random.choice((0, MS, UNDATED, MS | UNDATED))
    boot = random.randrange(9) if flags & UNDATED else 0
    s, ms, mask = random.randrange(1 << 30), 0, random.randrange(1, 1 << channel_count)
    values = [random.randrange(-(1 << 12), 1 << 12) for _ in range(channel_count)]
    rows = []
    for i in range(count):
        if random.randrange(20) == 0:
            mask = random.randrange(1, 1 << channel_count)
        spread = (1, 5, 300, 1 << 29)[min(wild, random.randrange(4))]
        values = [bounded(v + random.randrange(-spread, spread + 1)) for v in values]
        s = max(0, s + (60 if random.randrange(30) else random.randrange(-(1 << 20), 1 << 31)))
        if flags & MS:
            ms = random.randrange(1000)
        measured = [v for c, v in enumerate(values) if mask >> c & 1]
        rows.append((100 + i, flags, boot, s, ms, mask, measured))
    return rows
