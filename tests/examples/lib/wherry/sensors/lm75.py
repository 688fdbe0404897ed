"""NXP LM75A: temperature in steps of 0.125 °C, converted ten times a second.

Registers and their bits come from the data sheet LM75A, revision 5, sections 7.4.1 to 7.4.3, and
the times from section 11. The chip has no id and no CRC. All arithmetic is in integers: 0.01 °C.
"""

import struct

from micropython import const

OPTIONS = {"bus": ("bus", "i2c0"), "address": ("int", 0x48, 0x48, 0x4F)}
CHANNELS = (("temperature", "°C", 2),)

_TEMPERATURE = const(0)
_CONFIGURATION = const(1)
_NORMAL = b"\x00"
# A conversion takes 10 ms.
_CONVERSION_MS = const(20)


def decode(word: int) -> list:
    """Return [(0, value or reason)] from the temperature register; its lowest five bits are 0."""
    value = (word >> 5) * 25 >> 1
    return [(0, value if -5500 <= value <= 12500 else "temperature: out of range")]


class Sensor:
    """One chip, which converts all the time."""

    def __init__(self, options: dict, board):
        self._bus = board.i2c(options["bus"])
        self._address = options["address"]

    def start(self, anew: bool) -> int:
        """Return the milliseconds until `read`: none, except for the first conversion."""
        if not anew:
            return 0
        self._bus.writeto_mem(self._address, _CONFIGURATION, _NORMAL)
        return _CONVERSION_MS

    def read(self) -> list:
        """Return [(0, value or reason)]; raises OSError with the reason."""
        content = self._bus.readfrom_mem(self._address, _TEMPERATURE, 2)
        return decode(struct.unpack(">h", content)[0])
