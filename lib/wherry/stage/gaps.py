"""Gaps: where rows were lost with RTC memory, each stored as the rows before and after it.

One small file in the data folder: u24 count of all gaps ever, u8 format (0x80), then the newest
gaps, oldest first, each

    u64 number of the row after · of the row before, and of the row after:
    u8 flags · u32 boot · u32 s · u16 ms, as they are stored

Loaded on demand.
"""

import struct

from micropython import const

from wherry import small_file

_FORM = "<QBIIHBIIH"
_FORMAT = const(0x80)
_GAPS_MAX = const(32)
_COUNT_MAX = const(0xFFFFFF)


_NAME = "/gaps"


def count(folder: str) -> int:
    """Return the count of all gaps ever; `folder` is the node's data folder."""
    return read(folder)[0]


def read(folder: str) -> tuple:
    """Return (count of all gaps ever, [(row, before, after)] of the newest).

    `before` and `after` are (flags, boot, s, ms), and `row` is the number of the row after.
    """
    content = small_file.read(folder + _NAME) or bytes(4)
    size = struct.calcsize(_FORM)
    # In an unknown format, only the count is read.
    end = len(content) if content[3] == _FORMAT else 0
    found = []
    for at in range(4, end - size + 1, size):
        fields = struct.unpack(_FORM, content[at : at + size])
        found.append((fields[0], fields[1:5], fields[5:]))
    return int.from_bytes(content[:3], "little"), found


def note(folder: str, row: int, before: tuple, after: tuple) -> None:
    """Make a gap durable; raises OSError if the flash fails.

    The gap is noted before the row after it is queued. If a power cut comes in between, the next
    gap ends at the same number, and one entry covers both.
    """
    ever, found = read(folder)
    if found and found[-1][0] == row:
        before = found.pop()[1]
    else:
        ever += 1
    found = found[1 - _GAPS_MAX :] + [(row, before, after)]
    content = b"".join([struct.pack(_FORM, each[0], *(each[1] + each[2])) for each in found])
    small_file.write(
        folder + _NAME, min(ever, _COUNT_MAX).to_bytes(3, "little") + bytes((_FORMAT,)) + content
    )
