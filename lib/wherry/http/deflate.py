"""Text as gzip (RFC 1952) in the chunks of HTTP (RFC 9112 section 7.1), with given matches.

The chip's module `deflate` only decompresses. Here the writer of the text says which parts are
copies of earlier text, so nothing is searched for. The codes are the fixed ones of RFC 1951
section 3.2.6: there is no table of codes.
"""

from binascii import crc32

from micropython import const

# A chunk's head has three hex digits; it is sent when it has about this size.
_CHUNK_AT = const(5)
_CHUNK_SIZE = const(384)
# The shortest copy.
_LENGTH_MIN = const(3)
# The longest length, 258, has a code of its own, which is not used.
_LENGTH_MAX = const(257)
_GZIP_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
# The four bits of a number in reverse: codes begin with their highest bit, other fields do not.
_REVERSED = b"\x00\x08\x04\x0c\x02\x0a\x06\x0e\x01\x09\x05\x0d\x03\x0b\x07\x0f"


class Deflater:
    """Each text is announced with `add`, then written in parts with `copy` and `literals`.

    `size` is the size of all text that was announced. To a chunk that is not due, at most
    `text_size_max` bytes of text may be written. A copy is written after its end, which takes 4 B
    for each 257 B.
    """

    def __init__(self, text_size_max: int):
        # A byte of text has at most 9 bits; 15 bytes are for a copy and the ends.
        spare = text_size_max + text_size_max // 8 + 15
        self._buffer = bytearray(_CHUNK_AT + _CHUNK_SIZE + len(_GZIP_HEAD) + spare)
        self._at = _CHUNK_AT
        self._put(_GZIP_HEAD)
        # The only block: it is the last one, and has the fixed codes.
        self._bits, self._count = 3, 3
        self.size = self._crc = 0
        # The copy that is not written yet, which the next one may continue.
        self._length = self._distance = 0

    def add(self, text) -> None:
        """Announce the next text."""
        self._crc = crc32(text, self._crc)
        self.size += len(text)

    def copy(self, length: int, distance: int) -> None:
        """Write text of at least three bytes that is the same `distance` bytes before.

        The distance is at most 32,768.
        """
        if distance != self._distance:
            self._flush()
            self._distance = distance
        self._length += length

    def literals(self, content) -> None:
        """Write text that is not a copy."""
        self._flush()
        for octet in content:
            if octet < 144:
                octet += 0x30
                bits, count = _REVERSED[octet & 15] << 4 | _REVERSED[octet >> 4], 8
            else:
                # 9 bits from 110010000 on: the lower 8 of them are the octet itself.
                bits, count = _REVERSED[octet & 15] << 5 | _REVERSED[octet >> 4] << 1 | 1, 9
            self._write(bits, count)

    def is_due(self) -> bool:
        """Return True if the chunk is to be sent."""
        return self._at >= _CHUNK_AT + _CHUNK_SIZE

    def chunk(self):
        """Return what is written as a chunk, valid until the next call; begin the next one."""
        buffer, at = self._buffer, self._at
        buffer[:_CHUNK_AT] = b"%03x\r\n" % (at - _CHUNK_AT)
        buffer[at : at + 2] = b"\r\n"
        self._at = _CHUNK_AT
        return memoryview(buffer)[: at + 2]

    def end(self):
        """Return the last chunk, and the end of all chunks."""
        self._flush()
        # The end of the block, and zeros up to a whole byte.
        self._write(0, 7)
        self._write(0, -self._count & 7)
        self._put(self._crc.to_bytes(4, "little") + self.size.to_bytes(4, "little"))
        size = len(self.chunk())
        self._buffer[size : size + 5] = b"0\r\n\r\n"
        return memoryview(self._buffer)[: size + 5]

    def _put(self, content):
        end = self._at + len(content)
        self._buffer[self._at : end] = content
        self._at = end

    def _write(self, bits, count):
        """Write the lowest `count` bits of a number, at most 18, the lowest bit first."""
        bits = self._bits | bits << self._count
        count += self._count
        if count > 7:
            buffer, at = self._buffer, self._at
            while count > 7:
                buffer[at] = bits & 255
                at += 1
                bits >>= 8
                count -= 8
            self._at = at
        self._bits, self._count = bits, count

    def _flush(self):
        """Write the copy, in several matches if it is long."""
        left, distance = self._length, self._distance
        while left:
            # Not so long that one or two bytes remain.
            length = left if left <= _LENGTH_MAX else min(_LENGTH_MAX, left - _LENGTH_MIN)
            self._match(length - 3, distance - 1)
            left -= length
        self._length = self._distance = 0

    def _match(self, length, distance):
        """Write a length less 3 and a distance less 1, each as a code and the bits after it."""
        extra = 0
        while length >> extra > 7:
            extra += 1
        code = 1 + 4 * extra + (length >> extra)
        size = 7
        if code > 23:
            code, size = code + 0xC0 - 24, 8
        code = (_REVERSED[code & 15] << 4 | _REVERSED[code >> 4]) >> 8 - size
        self._write(code | (length & (1 << extra) - 1) << size, size + extra)
        extra = 0
        while distance >> extra > 3:
            extra += 1
        code = 2 * extra + (distance >> extra)
        code = _REVERSED[code & 15] << 1 | _REVERSED[code >> 4] >> 3
        self._write(code | (distance & (1 << extra) - 1) << 5, 5 + extra)
