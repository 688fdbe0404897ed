"""Recovers a stage from RTC memory on wake: the newer state, and the intact rows.

A record is valid if all frames before the open frame are intact, and the open frame has the
record's CRC. After a reset in the middle of a write, one of the two records is valid; flipped bits
cost only the frame that they are in. Loaded on demand.
"""

import struct
from binascii import crc32

from micropython import const

from wherry.rows.frame import FrameError, frame_size
from wherry.rows.reader import RowsReader
from wherry.stage.memory import (
    RECORD,
    RECORD_AT,
    RECORD_SIZE,
    ROWS_AT,
    SIZE,
)
from wherry.stage.newest import newest_copy
from wherry.stage.state import new_state

# A drained frame with this many rows is not extended, because each wake reads all of it.
_ROWS_DRAINED_MAX = const(8)


def recover(stage) -> None:
    """Set up a stage from its buffer."""
    if _take_state(stage):
        _take_rows(stage)
    else:
        # After a short power cut an old record might still be intact and look newer.
        _note(stage)


def _note(stage):
    """Write the record to both slots."""
    from wherry.stage.record import note

    note(stage)
    note(stage)


def _take_state(stage):
    """Take the newer intact copy of the state; return the state, or None without one."""
    stage.sequence, copy = newest_copy(stage.buffer)
    if copy:
        stage.state = new_state(copy)
    return stage.state


def _take_rows(stage):
    """Take the record of greater worth, or the newer one of two equal records."""
    best, best_worth = None, 0
    for record in sorted(_records(stage.buffer), reverse=True):
        worth = _worth(stage, record)
        if worth > best_worth:
            best, best_worth = record, worth
    if not best:
        return
    # The next record overwrites the rejected one.
    stage.record_sequence, at, bits, row_count, stage.count, stage.first, _ = best
    stage.begin(at)
    if not stage.count and row_count >= _ROWS_DRAINED_MAX:
        stage.begin(ROWS_AT)
    elif bits and _open_frame(stage, best):
        size = (bits + 7 >> 3) + 4
        stage.buffer[at : at + size] = stage.writer.buffer[:size]
        _resume(stage, bits)


def _worth(stage, record):
    """Return the worth of a record, 1 to 4: 4 if it is valid or has no waiting rows."""
    if not record[4]:
        return 4
    return 1 + _is_chain(stage, record[1]) + 2 * bool(_open_frame(stage, record))


def _records(buffer):
    size = struct.calcsize(RECORD)
    for at in (RECORD_AT, RECORD_AT + RECORD_SIZE):
        slot = bytes(buffer[at : at + size + 4])
        if struct.unpack("<I", slot[size:])[0] == crc32(slot[:size]):
            yield struct.unpack(RECORD, slot[:size])


def _is_chain(stage, end):
    """Return True if intact frames follow one another up to `end`."""
    at = ROWS_AT
    size = 1
    while at < end and size:
        size = frame_size(stage.buffer, at, end)
        at += size
    return at == end


def _open_frame(stage, record):
    """Copy the record's open frame to the writer's buffer; return true if its CRC matches.

    A row added since may share its last byte.
    """
    _, at, bits, _, _, _, crc = record
    end = bits + 7 >> 3
    if not bits:
        return True
    if not 2 < end <= stage.writer.size_max - 4 or at + end > SIZE:
        return False
    frame = stage.writer.buffer
    frame[:end] = stage.buffer[at : at + end]
    frame[1] = end - 2
    if bits & 7:
        frame[end - 1] |= 255 >> (bits & 7)
    struct.pack_into("<I", frame, end, crc)
    return frame_size(frame, 0, end + 4)


def _resume(stage, bits):
    """Let the writer continue after the rows of the open frame."""
    writer = stage.writer
    reader = RowsReader(writer.buffer, writer.channel_count, writer.own_count)
    writer.use(writer.buffer[0])
    try:
        reader.open(0)
        row = reader.row
        while reader.next():
            writer.count += 1
    except FrameError:
        # These are rows of other channels: `waiting` handles them, and new rows go after them.
        stage.begin(stage.at + (bits + 7 >> 3) + 4)
        return
    writer.row, writer.flags, writer.boot = row, reader.flags, reader.boot
    writer.last[:], writer.states = reader.values, reader.states
    writer.s, writer.ms, writer.step, writer.mask = reader.s, reader.ms, reader.step, reader.mask
    writer.bits = bits


def newest(stage):
    """Return (row, flags, boot, s, ms, step, mask, values) of the newest row, or None.

    The newest row is still known after a drain. `values` has a value for each channel, or 0 if the
    open frame has none; step and values belong to a frame whose first row is `stage.writer.row`.
    """
    writer = stage.writer
    if not writer.count:
        return None
    row = writer.row + writer.count - 1
    stamp = writer.flags, writer.boot, writer.s, writer.ms
    return (row,) + stamp + (writer.step, writer.mask, writer.last)


def forget(stage, until: int) -> None:
    """Forget the rows below `until` permanently; the queue has them."""
    stage.count -= min(stage.count, until - stage.first)
    stage.first = until
    _note(stage)


def waiting(stage, channel_count: int, own_count: int):
    """Yield a RowsReader at each waiting row; see Stage.waiting."""
    reader = RowsReader(stage.buffer, channel_count, own_count)
    at = ROWS_AT
    end = stage.at + (stage.writer.bits + 7 >> 3) + 4 if stage.writer.count else stage.at
    while at < end:
        size = frame_size(stage.buffer, at, end)
        if size:
            reader.open(at)
            while reader.next():
                if reader.row >= stage.first:
                    yield reader
        # Frames after a damaged one may be intact.
        at += size or 1
