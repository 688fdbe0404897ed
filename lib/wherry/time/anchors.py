"""The file of anchors: each boot's ticks and the true time that they correspond to.

Negative ticks mark the estimate of a boot that never learned the time; see estimates.py.
"""

import struct

from micropython import const

from wherry import small_file

_ANCHOR = "<Iqq"
_COUNT_MAX = const(64)
# The ticks of an estimate are -1 - its uncertainty in ms - its number of rows << _ROWS_AT.
_ROWS_AT = const(40)
_ROWS_MAX = const(0x3FFFFF)


def load(path: str) -> dict:
    """Return {boot: (ticks, true ms)} from the file of anchors."""
    content = small_file.read(path) or b""
    size = struct.calcsize(_ANCHOR)
    anchors = {}
    for at in range(0, len(content) - size + 1, size):
        boot, ticks, true_ms = struct.unpack(_ANCHOR, content[at : at + size])
        anchors[boot] = (ticks, true_ms)
    return anchors


def save(path: str, anchors: dict) -> None:
    """Replace the file; the oldest boots beyond 64 are left out of it, and of `anchors`."""
    boots = sorted(anchors)
    for boot in boots[:-_COUNT_MAX]:
        del anchors[boot]
    boots = boots[-_COUNT_MAX:]
    small_file.write(path, b"".join([struct.pack(_ANCHOR, b, *anchors[b]) for b in boots]))


def estimate(zero_ms: int, rows: int, uncertainty_ms: int) -> tuple:
    """Return the anchor of a boot whose ticks are estimated to begin at a true time."""
    ticks = -1 - uncertainty_ms - (min(rows, _ROWS_MAX) << _ROWS_AT)
    return ticks, zero_ms + ticks
