"""The frame of a reading that is set aside. Loaded to write one.

Its kind is ASIDE: varint row · channel index · decimals · signed value · varint s ·
varint ms + 1 (0: the stamp has none) · varint status · text channel · text reason · text uplink.
"""

from micropython import const

from wherry.reading import NO_MS
from wherry.rows.frame import ASIDE, close_frame
from wherry.rows.varint import put_signed, put_text, put_varint
from wherry.text import cut, size

_REASON_SIZE_MAX = const(48)
_UPLINK_SIZE_MAX = const(24)
_ROOM = const(480)
_FREE_MAX = const(230)


def append(path, row, index, channel, value, s, ms, status, reason, uplink) -> None:
    """Append a reading durably to the file that Aside.place returned; `ms` may be NO_MS.

    Raises OSError if the flash fails.
    """
    name, _, decimals = channel
    content = frame(row, index, name, value, decimals, s, ms, status, reason, uplink)
    with open(path, "ab") as file:
        file.write(content)


def frame(row, index, name, value, decimals, s, ms, status, reason, uplink):
    """Return the frame of a reading that is set aside, as bytes."""
    buffer = bytearray(_ROOM)
    at = put_varint(buffer, 2, row)
    buffer[at], buffer[at + 1] = index, decimals
    at = put_signed(buffer, at + 2, value)
    at = put_varint(buffer, put_varint(buffer, at, s), ms - NO_MS)
    at = put_text(buffer, put_varint(buffer, at, status), name)
    uplink = cut(uplink, _UPLINK_SIZE_MAX)
    most = _FREE_MAX - at - size(uplink) - 1
    at = put_text(buffer, at, cut(reason, min(_REASON_SIZE_MAX, most)))
    at = put_text(buffer, at, uplink)
    return memoryview(buffer)[: close_frame(buffer, ASIDE, at)]
