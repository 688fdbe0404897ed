"""Frames built by hand from docs/spec.md, without the code under test."""

import struct
from binascii import crc32

SEGMENT, CHANNEL, LEDGER, ROWS = 0xA4, 0xA5, 0xA7, 0xB1


def varint(n):
    octets = []
    while n > 127:
        octets.append(n & 127 | 128)
        n >>= 7
    return bytes(octets + [n])


def varints(*numbers):
    return b"".join([varint(n) for n in numbers])


def zigzag(n):
    return 2 * n if n >= 0 else -2 * n - 1


def signed(n):
    return varint(zigzag(n))


def text(reported):
    return varint(len(reported.encode())) + reported.encode()


def with_crc(content):
    return content + struct.pack("<I", crc32(content))


def frame(kind, payload):
    return with_crc(bytes((kind, len(payload))) + payload)


def head(row, readings, channels, own_count=0, ms=False, row_step=1):
    """Return the frames that a segment opens with."""
    flags = (1 if ms else 0) + (2 if row_step > 1 else 0)
    step = (row_step,) if row_step > 1 else ()
    numbers = (2, row, readings, flags) + step + (len(channels), own_count)
    found = frame(SEGMENT, varints(*numbers))
    for i, (name, unit, decimals) in enumerate(channels):
        found += frame(CHANNEL, bytes((i, decimals)) + text(name) + text(unit))
    return found


def single(row, s, mask, values, own_count=0, count=3):
    """Return a frame 0xB1 with one row without milliseconds."""
    own_at = count - own_count
    coded = mask >> own_at << 2 | 1 if mask >> own_at else mask << 2
    return frame(ROWS, varints(row << 2, s, coded) + b"".join([signed(v) for v in values]))
