"""What a stage makes of RTC memory at a wake: the newer state, and the rows that hold.

A record holds wholly if the frames before the open one are intact up to it, and the open one has
the CRC that the record tells. After a reset in the middle of a write one of both does; flipped
bits cost the frame that they are in. Loaded for the moment.
"""

import struct
from binascii import crc32

from micropython import const

from wherry.frame import Cursor, FrameError, frame_size
from wherry.rows import RowsReader
from wherry.stage import FIELDS, FORM, MAGIC, RECORD, SIZE, State

# Where things lie, as in wherry/stage.py.
_COPY_SIZE = const(256)
_RECORD_AT = const(232)
_ROWS_AT = const(512)
# As 0.1.0 wrote it: without the last fields, without records, and each row in a frame of its own.
_OLD_MAGIC = b"Wy\x01\x00"
_OLD_FORM = "<4sIIqqqBqqiqiqqqqBIIIIIB16sq4sIq"
# A frame whose rows have all been drained is left behind when it has so many: a wake reads it.
_ROWS_DRAINED_MAX = const(8)


def recover(stage) -> None:
    """Set up a stage on its buffer."""
    is_old = _take_state(stage)
    if not stage.state:
        # After a short cut a record might still be intact, and be taken for a newer one.
        stage.note()
        stage.note()
    elif is_old:
        _take_old_rows(stage)
    else:
        _take_rows(stage)


def _take_state(stage):
    """Take the newer intact copy of the state; tell whether 0.1.0 wrote it."""
    is_old = False
    for at in (0, _COPY_SIZE):
        copy = bytes(stage.buffer[at : at + _RECORD_AT])
        old = copy[:4] == _OLD_MAGIC
        form = _OLD_FORM if old else FORM
        size = struct.calcsize(form)
        if not old and copy[:4] != MAGIC:
            continue
        if struct.unpack("<I", copy[size : size + 4])[0] != crc32(copy[:size]):
            continue
        values = struct.unpack(form, copy[:size])
        if not stage.state or values[1] > stage.sequence:
            is_old = old
            stage.sequence = values[1]
            stage.state = State()
            for i in range(len(values) - 2):
                setattr(stage.state, FIELDS[i], values[2 + i])
    return is_old


def _take_old_rows(stage):
    """Take the frames up to the first that is not intact, and go on in today's form."""
    end = _ROWS_AT
    size = frame_size(stage.buffer, end, SIZE)
    while size:
        end += size
        stage.count += 1
        size = frame_size(stage.buffer, end, SIZE)
    if stage.count:
        cursor = Cursor(stage.buffer)
        cursor.open(_ROWS_AT)
        stage.first = cursor.varint() >> 2
    stage.begin(end)
    stage.note()
    stage.note()
    stage.save()
    stage.save()


def _take_rows(stage):
    """Take what the better record tells: the newer one of two that are as good."""
    best, best_worth = None, 0
    for record in sorted(_records(stage.buffer), reverse=True):
        worth = _worth(stage, record)
        if worth > best_worth:
            best, best_worth = record, worth
    if not best:
        return
    # The next record is written over the one that was not believed.
    stage.record_sequence, at, bits, row_count, stage.count, stage.first, _ = best
    stage.begin(at)
    if not stage.count and row_count >= _ROWS_DRAINED_MAX:
        stage.begin(_ROWS_AT)
    elif bits and _open_frame(stage, best):
        size = (bits + 7 >> 3) + 4
        stage.buffer[at : at + size] = stage.writer.buffer[:size]
        _resume(stage, bits)


def _worth(stage, record):
    """Weigh a record: 4 if it holds wholly, as one does by which no row waits."""
    if not record[4]:
        return 4
    return 1 + _is_chain(stage.buffer, record[1]) + 2 * bool(_open_frame(stage, record))


def _records(buffer):
    size = struct.calcsize(RECORD)
    for at in (_RECORD_AT, _RECORD_AT + _COPY_SIZE):
        slot = bytes(buffer[at : at + size + 4])
        if struct.unpack("<I", slot[size:])[0] == crc32(slot[:size]):
            yield struct.unpack(RECORD, slot[:size])


def _is_chain(buffer, end):
    """Tell whether whole frames stand one behind the other up to a place."""
    at = _ROWS_AT
    size = 1
    while at < end and size:
        size = frame_size(buffer, at, end)
        at += size
    return at == end


def _open_frame(stage, record):
    """Put the record's open frame into the writer's buffer as the record tells it.

    False if it has another CRC. A row added since may share its last byte.
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
    """Let the writer go on behind the rows of the open frame."""
    writer = stage.writer
    reader = RowsReader(writer.buffer, len(writer.last))
    writer.use(writer.buffer[0])
    try:
        reader.open(0)
        row = reader.row
        while reader.next():
            writer.count += 1
    except FrameError:
        # Rows of other channels: they are left to `waiting`, and the next ones come behind.
        stage.begin(stage.at + (bits + 7 >> 3) + 4)
        return
    writer.row, writer.flags, writer.boot = row, reader.flags, reader.boot
    writer.last[:], writer.states = reader.values, reader.states
    writer.s, writer.ms, writer.step, writer.mask = reader.s, reader.ms, reader.step, reader.mask
    writer.bits = bits


def newest(stage):
    """Return (row, flags, boot, s, ms, step, mask, values) of the newest row, or None.

    It is known after it was drained as well. `values` has one for each channel, 0 where the open
    frame has none; step and values are those of a frame whose first row is `stage.writer.row`.
    """
    writer = stage.writer
    if not writer.count:
        return None
    row = writer.row + writer.count - 1
    stamp = writer.flags, writer.boot, writer.s, writer.ms
    return (row,) + stamp + (writer.step, writer.mask, writer.last)


def forget(stage, until: int) -> None:
    """Forget the rows of lower numbers than `until`, which the queue has, for good."""
    stage.count -= min(stage.count, until - stage.first)
    stage.first = until
    stage.note()
    stage.note()


def waiting(stage, channel_count: int):
    """Yield the rows that wait as a RowsReader that stands on each; see Stage.rows."""
    reader = RowsReader(stage.buffer, channel_count)
    at = _ROWS_AT
    end = stage.at + (stage.writer.bits + 7 >> 3) + 4 if stage.writer.count else stage.at
    while at < end:
        size = frame_size(stage.buffer, at, end)
        if size:
            reader.open(at)
            while reader.next():
                if reader.row >= stage.first:
                    yield reader
        # Behind a damaged frame others may be intact.
        at += size or 1
