"""The level of a battery, from readings of its voltage while the radio is off.

A node on an empty battery writes to its flash only once, and does not switch its radio on: a
regulator that fails in the middle of either resets the chip repeatedly. See
docs/design/battery.md, "An empty battery". All voltages are in mV.
"""

import struct
from binascii import crc32

from micropython import const

# The levels. In turn, the node does everything; writes each row to its flash immediately, so that
# no row waits when the battery is empty; keeps rows in RTC memory; only measures the voltage.
NORMAL = const(0)
LOW = const(1)
EMPTY = const(2)
OFF = const(3)
# Margins above the voltage of an empty battery. Below the first one the battery is low; from the
# second one on it is normal.
LOW_ABOVE_MV = const(50)
NORMAL_ABOVE_MV = const(150)
_SAG_MV_MAX = const(300)
# The number and length of the first waits while the node is off; the length of all later waits.
_SHORT_WAITS = const(6)
_SHORT_WAIT_MS = const(600_000)
_LONG_WAIT_MS = const(3_600_000)
# Level, waits while off, rise of the levels by the last upload, key of the protection.
_FORM = "<BBHH"


class Level:
    """The level of a battery and its record; `content` is as `packed` returns it, or 6 zeros."""

    def __init__(self, content: bytes):
        self.level, self.waits, self.sag_mv, self.key = struct.unpack(_FORM, content)

    def packed(self) -> bytes:
        """Return the 6 bytes to save."""
        return struct.pack(_FORM, self.level, self.waits, self.sag_mv, self.key)

    def after(self, readings: list, empty_mv: int) -> int:
        """Return the level after consecutive readings: it changes only if all of them agree."""
        found = [self._after_one(mv - self.sag_mv - empty_mv) for mv in readings]
        if min(found) > self.level:
            return min(found)
        return min(self.level, max(found))

    def _after_one(self, above_mv):
        if above_mv >= NORMAL_ABOVE_MV:
            return NORMAL
        if above_mv >= LOW_ABOVE_MV:
            return self.level
        return max(self.level, LOW if above_mv >= 0 else EMPTY)

    def note_load(self, mv: int, empty_mv: int) -> None:
        """Raise the levels by as many mV as an upload pulled the voltage below `empty_mv`."""
        self.sag_mv = max(0, min(_SAG_MV_MAX, empty_mv - mv))

    def wait_ms(self) -> int:
        """Return the sleep until the next voltage measurement, which is longer after an hour."""
        self.level = OFF
        self.waits = min(self.waits + 1, 255)
        return _SHORT_WAIT_MS if self.waits <= _SHORT_WAITS else _LONG_WAIT_MS


def key_of(empty_mv: int, divider: dict) -> int:
    """Return a nonzero key that depends on the threshold and the divider."""
    text = "%d %d %d" % (empty_mv, divider["adc_pin"], divider["ratio_milli"])
    return crc32(text.encode()) & 0xFFFF or 1
