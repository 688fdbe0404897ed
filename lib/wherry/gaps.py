"""Gaps: where rows were lost with RTC memory, told by the rows before and behind.

One small file beside the anchors: u32 how many there ever were, then the newest of them, oldest
first, each

    u32 number of the row behind · of the row before, and of the row behind:
    u8 flags · u32 boot · u32 s · u16 ms, as they are stored

Loaded for the moment.
"""

import struct

from micropython import const

from wherry import small_file

_FORM = "<IBIIHBIIH"
_GAPS_MAX = const(32)


def _path(anchors_path):
    return anchors_path.rpartition("/")[0] + "/gaps"


def count(anchors_path: str) -> int:
    """Return how many gaps there ever were."""
    return read(_path(anchors_path))[0]


def read(path: str) -> tuple:
    """Return (count of all gaps ever, [(row, before, behind)] of the newest).

    `before` and `behind` are (flags, boot, s, ms), and `row` is the number of the row behind.
    """
    content = small_file.read(path) or bytes(4)
    size = struct.calcsize(_FORM)
    found = []
    for at in range(4, len(content) - size + 1, size):
        fields = struct.unpack(_FORM, content[at : at + size])
        found.append((fields[0], fields[1:5], fields[5:]))
    return int.from_bytes(content[:4], "little"), found


def note(anchors_path: str, row: int, before: tuple, behind: tuple) -> None:
    """Make a gap durable; raises OSError where the flash does.

    It is noted before the row behind it is queued. If that was cut off, the next gap ends at the
    same number, and stands in for both.
    """
    path = _path(anchors_path)
    ever, found = read(path)
    if found and found[-1][0] == row:
        before = found.pop()[1]
    else:
        ever += 1
    found = found[1 - _GAPS_MAX :] + [(row, before, behind)]
    content = b"".join([struct.pack(_FORM, each[0], *(each[1] + each[2])) for each in found])
    small_file.write(path, ever.to_bytes(4, "little") + content)
