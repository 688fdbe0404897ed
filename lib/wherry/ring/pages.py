"""Pages of a ring: 4,096 bytes with a 24-byte head, then frames, then erased flash.

    0    57 4C · u8 row · u8 readings: bits 32 to 39 of the first row's number and of the readings
         before it · u32 sequence · u32 row, u32 readings: their lower bits · u32 schema · CRC32
    24   frames: the newest of each ledger, then rows and ledgers in order of arrival

The sequence rises by one from page to page. A page without an intact head is free. A frame torn by
a power cut is skipped, up to the size of the largest frame.
"""

import struct
from binascii import crc32

from micropython import const

from wherry.rows.frame import SIZE_MAX, frame_size

# Not a const, because tests use smaller pages.
PAGE_SIZE = 4096
HEAD_SIZE = const(24)
_FORM = "<2sBBIIIII"
_MAGIC = b"WL"
_LOW = const(0xFFFFFFFF)
_ERASED = b"\xff" * 64


def head(sequence: int, row: int, readings: int, schema: int) -> bytes:
    """Return the bytes of a page's head."""
    upper, lower = (row >> 32, readings >> 32), (row & _LOW, readings & _LOW)
    fields = (_MAGIC,) + upper + (sequence,) + lower + (schema, 0)
    content = struct.pack(_FORM, *fields)[:-4]
    return content + struct.pack("<I", crc32(content))


def after_torn(offset: int) -> int:
    """Return the offset of the next frame after a torn one at `offset`.

    Cells of the torn frame may be half programmed even if they still look erased.
    """
    return min(offset + SIZE_MAX, PAGE_SIZE)


def read_head(device, page: int):
    """Return a page's (sequence, first row, readings before it, schema).

    Returns None if the head is erased or zeroed, and () if it is damaged. Raises OSError.
    """
    buffer = bytearray(HEAD_SIZE)
    device.readblocks(page, buffer, 0)
    magic, row, readings, sequence, low_row, low_readings, schema, crc = struct.unpack(
        _FORM, buffer
    )
    if magic == _MAGIC and crc == crc32(memoryview(buffer)[:20]):
        return sequence, row << 32 | low_row, readings << 32 | low_readings, schema
    return None if bytes(buffer) in (bytes(HEAD_SIZE), _ERASED[:HEAD_SIZE]) else ()


class PageWalker:
    """Walks from frame to frame: `buffer[at:at + size]` is the frame that `next` found.

    gap: True if bytes before it were skipped. torn: the offset of the last skipped byte, before it
    or at the end, that is not erased; 0 if all are erased.
    """

    def __init__(self, device, window_size: int):
        self._device = device
        self._window = window_size
        self.buffer = bytearray(window_size)
        self.open(0, PAGE_SIZE)

    def open(self, page: int, offset: int) -> None:
        """Position before the frame at an offset of a page."""
        self.page = page
        self._offset = offset  # The offset of the first byte past the window.
        self.at = self.size = self._end = 0
        self.gap = False
        self.torn = 0

    @property
    def offset(self) -> int:
        """The offset in its page of the frame found last."""
        return self._offset - self._end + self.at

    def next(self, limit: int) -> bool:
        """Find the next intact frame before `limit`; return False without one. Raises OSError."""
        self.at += self.size
        self.size = 0
        self.gap = False
        self.torn = 0
        while True:
            self.size = frame_size(self.buffer, self.at, self._end)
            if self.size:
                return True
            if self._offset < limit and self._end - self.at < SIZE_MAX:
                self._fill(limit)
            elif self.at < self._end:
                self._pass()
            else:
                return False

    def _pass(self):
        """Skip erased bytes, or the bytes before the next possible frame or erased byte."""
        self.gap = True
        buffer, at, end = self.buffer, self.at, self._end
        if buffer[at] == 255:
            many = memoryview(buffer)[at : min(at + 64, end)]
            self.at += len(many) if many == memoryview(_ERASED)[: len(many)] else 1
            return
        at += 1
        while at < end and buffer[at] != 255 and buffer[at] & 0xE0 != 0xA0:
            at += 1
        self.at = at
        self.torn = self.offset - 1

    def _fill(self, limit):
        rest = self._end - self.at
        if self.at:
            self.buffer[:rest] = self.buffer[self.at : self._end]
        size = min(self._window - rest, limit - self._offset)
        self._device.readblocks(
            self.page, memoryview(self.buffer)[rest : rest + size], self._offset
        )
        self.at, self._end = 0, rest + size
        self._offset += size
