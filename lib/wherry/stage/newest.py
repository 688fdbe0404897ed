"""Finds the state in RTC memory. A separate file, because a wake needs it before the stage."""

import struct
from binascii import crc32

from wherry.stage.memory import COPY_B_AT, FORM, MAGIC


def newest_copy(memory):
    """Return (sequence, bytes) of the newer intact copy in RTC memory, (0, b"") without one."""
    best = 0, b""
    size = struct.calcsize(FORM)
    for at in (0, COPY_B_AT):
        copy = bytes(memory[at : at + size + 4])
        magic, sequence = struct.unpack_from("<4sI", copy)
        is_intact = magic == MAGIC and copy[size:] == crc32(copy[:size]).to_bytes(4, "little")
        if is_intact and (not best[1] or sequence > best[0]):
            best = sequence, copy
    return best
