"""Maxim DS3231: the temperature of the clock's crystal, in steps of 0.25 °C.

Registers, bits and times come from the data sheet 19-5170 rev 10, sections "Control Register",
"Status Register" and "Temperature Registers". The chip converts every 64 s by itself; the driver
starts one more conversion, and changes no other setting of the clock. Values are in 0.01 °C.
"""

import struct

from micropython import const

OPTIONS = {"bus": ("bus", "i2c0"), "address": ("int", 0x68, 0x68, 0x68)}
CHANNELS = (("temperature", "°C", 2),)

# Control, status, aging offset, temperature in two bytes.
_CONTROL = const(0x0E)
_SIZE = const(5)
_CONVERT = const(0x20)
_BUSY = const(0x04)
# Bits that read as 0 in each DS3231.
_NO_STATUS = const(0x70)
_NO_TEMPERATURE = const(0x3F)
_CONVERSION_MS = const(200)


def decode(data: bytes) -> list:
    """Return [(0, value or reason)] from the 5 bytes at 0x0E; OSError for another chip."""
    if data[1] & _NO_STATUS or data[4] & _NO_TEMPERATURE:
        raise OSError("no data")
    if data[0] & _CONVERT:
        raise OSError("not ready")
    value = (struct.unpack(">h", data[3:])[0] >> 6) * 25
    return [(0, value if -4000 <= value <= 8500 else "temperature: out of range")]


class Sensor:
    """One chip."""

    def __init__(self, options: dict, board):
        self._bus = board.i2c(options["bus"])
        self._address = options["address"]
        self._is_converting = False

    def start(self, anew: bool) -> int:
        """Begin a conversion, or wait for the chip's own; return the milliseconds until `read`."""
        self._is_converting = False
        return self._convert()

    def read(self):
        """Return [(0, value or reason)], or the milliseconds until the next `read`.

        Raises OSError, whose text is the reason.
        """
        if self._is_converting:
            return decode(self._bus.readfrom_mem(self._address, _CONTROL, _SIZE))
        ready_ms = self._convert()
        if not self._is_converting:
            raise OSError("not ready")
        return ready_ms

    def _convert(self):
        control, status = self._bus.readfrom_mem(self._address, _CONTROL, 2)
        if status & _NO_STATUS:
            raise OSError("no data")
        if not status & _BUSY:
            self._bus.writeto_mem(self._address, _CONTROL, bytes((control | _CONVERT,)))
            self._is_converting = True
        return _CONVERSION_MS
