"""Gaps: where rows were lost with RTC memory, each given by the rows before and after it.

One small file beside the anchors: u24 how many there ever were, a byte 0x80, then the newest of
them, oldest first, each

    u64 number of the row after · of the row before, and of the row after:
    u8 flags · u32 boot · u32 s · u16 ms, as they are stored

In a file of 0.1.0 the count is a u32, with another byte in that place, and the number a u32.

Loaded on demand.
"""

import struct

from micropython import const

from wherry import small_file

_FORM = "<QBIIHBIIH"
_OLD_FORM = "<IBIIHBIIH"
_IS_WIDE = const(0x80)
_GAPS_MAX = const(32)
_COUNT_MAX = const(0xFFFFFF)


_NAME = "/gaps"


def count(folder: str) -> int:
    """Return how many gaps there ever were; `folder` is that of the node's data."""
    return read(folder)[0]


def read(folder: str) -> tuple:
    """Return (count of all gaps ever, [(row, before, after)] of the newest).

    `before` and `after` are (flags, boot, s, ms), and `row` is the number of the row after.
    """
    content = small_file.read(folder + _NAME) or bytes(4)
    form = _FORM if content[3] & _IS_WIDE else _OLD_FORM
    size = struct.calcsize(form)
    found = []
    for at in range(4, len(content) - size + 1, size):
        fields = struct.unpack(form, content[at : at + size])
        found.append((fields[0], fields[1:5], fields[5:]))
    return int.from_bytes(content[:3], "little"), found


def note(folder: str, row: int, before: tuple, after: tuple) -> None:
    """Make a gap durable; raises OSError where the flash does.

    It is noted before the row after it is queued. If a cut comes in between, the next gap ends at
    the same number, and one entry covers both.
    """
    ever, found = read(folder)
    if found and found[-1][0] == row:
        before = found.pop()[1]
    else:
        ever += 1
    found = found[1 - _GAPS_MAX :] + [(row, before, after)]
    content = b"".join([struct.pack(_FORM, each[0], *(each[1] + each[2])) for each in found])
    small_file.write(
        folder + _NAME, min(ever, _COUNT_MAX).to_bytes(3, "little") + bytes((_IS_WIDE,)) + content
    )
