"""Frames: the common form of rows in the stage, the row file, the segments and a ring.

    0       kind, 0xA0 to 0xBF
    1       size of the payload, n <= 234
    2       payload
    2 + n   CRC32 (little-endian) of everything before it

Kind 0xA3 (opaque) is reserved: readers skip it. docs/spec.md has every byte. Integers are LEB128
varints, signed ones in zigzag form. Nothing here does I/O or allocates per reading.
"""

from binascii import crc32

from micropython import const

ROWS = const(0xB1)
RICE = const(0xB2)
SEGMENT = const(0xA4)
CHANNEL = const(0xA5)
ASIDE = const(0xA6)
LEDGER = const(0xA7)
CONTINUES = const(0x08)  # Without a head: the rows continue the frame before.
SIZE_MAX = const(240)
_OVERHEAD = const(6)
_PAYLOAD_MAX = const(234)

MS = const(1)  # Stamps have milliseconds.
UNDATED = const(2)  # Stamps are ticks of a boot, not yet true time.


class FrameError(ValueError):
    """The bytes at a place are not an intact frame."""


def close_frame(buffer, kind: int, end: int) -> int:
    """Fill in head and CRC of a frame whose payload ends at `end`; return its whole size."""
    buffer[0] = kind
    buffer[1] = end - 2
    crc = crc32(memoryview(buffer)[:end])
    for i in range(4):
        buffer[end + i] = crc & 255
        crc >>= 8
    return end + 4


def frame_size(buffer, at: int, end: int) -> int:
    """Return the size of the intact frame at `at`, or 0 if none ends by `end`."""
    if end - at < _OVERHEAD or buffer[at] & 0xE0 != 0xA0 or buffer[at + 1] > _PAYLOAD_MAX:
        return 0
    crc_at = at + 2 + buffer[at + 1]
    if crc_at + 4 > end:
        return 0
    crc = crc32(memoryview(buffer)[at:crc_at])
    for i in range(4):
        if buffer[crc_at + i] != crc & 255:
            return 0
        crc >>= 8
    return crc_at + 4 - at


class Cursor:
    """Reads varints of one payload in place; running past its end is a FrameError."""

    def __init__(self, buffer):
        self.buffer = buffer
        self.at = self.end = 0

    def open(self, at: int) -> None:
        """Position at the payload of the frame at `at`."""
        self.at = at + 2
        self.end = self.at + self.buffer[at + 1]

    def varint(self) -> int:
        """Return the next unsigned number."""
        n = shift = 0
        while True:
            if self.at >= self.end or shift > 63:
                # The error has no message, because a message would stay in the heap of each node.
                raise FrameError
            byte = self.buffer[self.at]
            self.at += 1
            n |= (byte & 127) << shift
            if byte < 128:
                return n
            shift += 7

    def signed(self) -> int:
        """Return the next zigzag number."""
        n = self.varint()
        return -(n >> 1) - 1 if n & 1 else n >> 1
