"""Changes the state in RTC memory without creating a State. Loaded on demand."""

import struct
from binascii import crc32

from wherry.stage.memory import COPY_B_AT


def rewrite(memory, sequence: int, copy: bytes, at: int, content: bytes) -> None:
    """Overwrite the older copy of the state with the newest one, changed from `at` on.

    `sequence` and `copy` are from newest_copy.
    """
    changed = bytearray(copy)
    changed[at : at + len(content)] = content
    struct.pack_into("<I", changed, 4, sequence + 1)
    end = len(changed) - 4
    struct.pack_into("<I", changed, end, crc32(memoryview(changed)[:end]))
    at = COPY_B_AT if sequence + 1 & 1 else 0
    memory[at : at + len(changed)] = changed
