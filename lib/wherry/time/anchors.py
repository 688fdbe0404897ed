"""The file of anchors: each boot's ticks and the true time that they correspond to."""

import struct

from micropython import const

from wherry import small_file

_ANCHOR = "<Iqq"
_COUNT_MAX = const(64)


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
