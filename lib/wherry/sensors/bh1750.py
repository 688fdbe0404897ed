"""ROHM BH1750FVI: illuminance by one measurement of high resolution.

Commands, times and the formula come from the technical note BH1750FVI, 2009.04 rev B, sections
"Electrical Characteristics", "Instruction Set Architecture" and "I2C Bus Access". The chip sends
neither a CRC nor a sign that a measurement is complete. Values are in 0.1 lx.
"""

from micropython import const

OPTIONS = {"bus": ("bus", "i2c0"), "address": ("address", 0x23, 0x23, 0x5C)}
CHANNELS = (("illuminance", "lx", 1),)

_SATURATED = const(0xFFFF)
_MEASUREMENT_MS = const(180)
# Power on; the two parts of the measurement time, which is 69 after a reset. The chip accepts
# one command per transfer.
_SETTINGS = (b"\x01", b"\x42", b"\x65")


def decode(data: bytes) -> list:
    """Return [(0, value or reason)] from the two bytes of a result, which is 1.2 counts per lx."""
    raw = data[0] << 8 | data[1]
    # 10 / 1.2 is 50 / 6.
    return [(0, "illuminance: saturated" if raw == _SATURATED else (raw * 50 + 3) // 6)]


class Sensor:
    """One chip, which switches itself off after a measurement."""

    def __init__(self, options: dict, board):
        self._bus = board.i2c(options["bus"])
        self._address = options["address"]

    def start(self, anew: bool) -> int:
        """Begin a measurement; return the milliseconds until `read`."""
        for command in _SETTINGS if anew else ():
            self._bus.writeto(self._address, command)
        self._bus.writeto(self._address, b"\x20")
        return _MEASUREMENT_MS

    def read(self) -> list:
        """Return [(0, value or reason)]; raises OSError with the reason."""
        return decode(self._bus.readfrom(self._address, 2))
