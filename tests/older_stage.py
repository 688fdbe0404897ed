"""RTC memory as 0.1.0 leaves it: the state at 0 and 256, records at 232 and 488, rows from 512."""

import struct
from binascii import crc32

from wherry.stage.memory import ROWS_AT, SIZE
from wherry.stage.state import FIELDS

MARK_AT = 228
_MAGIC = b"Wy\x02\x00"
_STATE = "<4sIIqqqBqqiqiqqqqBIIIIIB16sq4sIqBqIII34s"
# Those up to `uplinks`.
_FIELD_COUNT = 32
_RECORD = "<IHHHHII"
_ROWS_AT = 512
MOVED = _ROWS_AT - ROWS_AT


def as_0_1_0(stage, mark=bytes(4)) -> bytearray:
    """Return RTC memory with a stage's state and rows, its newer copies being B."""
    memory = bytearray(SIZE)
    memory[_ROWS_AT:] = stage.buffer[ROWS_AT : SIZE - MOVED]
    values = [getattr(stage.state, name) for name in FIELDS[:_FIELD_COUNT]]
    writer = stage.writer
    crc = 0
    if writer.count:
        end = writer.close() - 4
        crc = struct.unpack("<I", writer.buffer[end : end + 4])[0]
    rows = stage.at + MOVED, writer.bits, writer.count, stage.count, stage.first, crc
    for sequence, at in ((8, 0), (9, 256)):
        _put(memory, at, struct.pack(_STATE, _MAGIC, sequence, *values))
        _put(memory, at + 232, struct.pack(_RECORD, sequence, *rows))
    memory[MARK_AT : MARK_AT + 4] = mark
    return memory


def _put(memory, at, content):
    memory[at : at + len(content) + 4] = content + crc32(content).to_bytes(4, "little")
