"""Damage to files and memory: bytes flipped, lengths cut, foreign content."""

import random
import sys

from wherry.rows.frame import RICE, ROWS, close_frame, frame_size
from wherry.rows.reader import RowsReader

FOREIGN_COUNT = 30
# Every byte is damaged: in three ways on CPython, in one on MicroPython, which is slower.
FLIP_COUNT = 1 if sys.implementation.name == "micropython" else 3
KINDS = (0xA1, 0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0xAF, 0xB1, 0xB2)


def damages(content):
    """Yield (what was done, content): flips of each byte, cuts at each length, foreign content."""
    for at in range(len(content)):
        flips = (1 << random.getrandbits(3), 255, content[at] or 1)
        for flip in flips if FLIP_COUNT == 3 else (random.choice(flips),):
            changed = bytearray(content)
            changed[at] ^= flip
            yield ("flip", at, flip), bytes(changed)
    for size in range(len(content)):
        yield ("cut", size), content[:size]
    for tail in (b"\0" * 300, b"\xff" * 300, b"\xa1\xe9", noise(40), content):
        yield ("grown", tail), content + tail
    for case in range(FOREIGN_COUNT):
        yield ("noise", case), noise(random.getrandbits(9))


def noise(size):
    return bytes([random.getrandbits(8) for _ in range(size)])


def framed_noise():
    """Return a frame with an intact CRC that wherry never writes."""
    buffer = bytearray(b"\0\0" + noise(random.getrandbits(6)) + bytes(4))
    close_frame(buffer, random.choice(KINDS), len(buffer) - 4)
    return bytes(buffer)


def read_file(path):
    with open(path, "rb") as file:
        return file.read()


def write_file(path, content):
    with open(path, "wb") as file:
        file.write(content)


def frames(content):
    """Return (start, end, first row, count) of each frame; the count is 0 if it has no rows."""
    found = []
    at = 0
    while at < len(content):
        end = at + frame_size(content, at, len(content))
        first = count = 0
        if content[at] in (ROWS, RICE):
            rows = RowsReader(bytearray(content), 3)
            rows.open(at)
            first = rows.row
            while rows.next():
                count += 1
        found.append((at, end, first, count))
        at = end
    return found
