"""Texas Instruments TMP117: temperature by one conversion, a mean of eight samples.

Registers, bits and times come from the data sheet SNOSD82, sections "Averaging", "One-Shot Mode
(OS)" and "Register Map". All arithmetic is in integers: 0.01 °C.
"""

import struct

from micropython import const

OPTIONS = {"bus": ("bus", "i2c0"), "address": ("int", 0x48, 0x48, 0x4B)}
CHANNELS = (("temperature", "°C", 2),)

_RESULT = const(0x00)
_CONFIGURATION = const(0x01)
_ID = const(0x0F)
_TMP117 = const(0x117)
# The revision is in the bits above.
_ID_BITS = const(0x0FFF)
# One conversion, of eight samples.
_ONE_SHOT = b"\x0c\x20"
_READY = const(0x2000)
# 8 times 17.5 ms.
_MEASUREMENT_MS = const(140)
# The result until the first conversion is complete.
_NOTHING = const(-0x8000)


def decode(raw: int) -> list:
    """Return [(0, value or reason)] from the result in 1/128 °C; OSError without one."""
    if raw == _NOTHING:
        raise OSError("nothing was measured")
    value = raw * 25 + 16 >> 5
    return [(0, value if -5500 <= value <= 15000 else "temperature: out of range")]


class Sensor:
    """One chip, which is shut down after a conversion."""

    def __init__(self, options: dict, board):
        self._bus = board.i2c(options["bus"])
        self._address = options["address"]

    def start(self, anew: bool) -> int:
        """Begin a conversion; return the milliseconds until `read`."""
        if anew:
            chip_id = self._get(_ID) & _ID_BITS
            if chip_id != _TMP117:
                raise OSError("id 0x%03x is not 0x117" % chip_id)
        self._bus.writeto_mem(self._address, _CONFIGURATION, _ONE_SHOT)
        return _MEASUREMENT_MS

    def read(self) -> list:
        """Return [(0, value or reason)]; raises OSError with the reason."""
        if not self._get(_CONFIGURATION) & _READY:
            raise OSError("not ready")
        return decode(self._get(_RESULT))

    def _get(self, register):
        return struct.unpack(">h", self._bus.readfrom_mem(self._address, register, 2))[0]
