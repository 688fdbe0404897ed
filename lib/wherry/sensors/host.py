"""The computer under a virtual board: load, temperature and free memory.

The device answers at address 0x48; its registers are little-endian:

    0x00 u8  id, 0x57            0x04 u16 load, 0.01
    0x01 u8  write 1: measure    0x06 i16 temperature, 0.01 degrees C, 0x8000 = none
    0x02 u8  bit 0: busy         0x08 u32 free memory, KiB
"""

import struct

from micropython import const

OPTIONS = {"bus": ("bus", "i2c0"), "address": ("int", 0x48, 0x48, 0x48)}
CHANNELS = (("load", "", 2), ("cpu_temperature", "°C", 2), ("free_memory", "MiB", 1))

_ID = const(0x00)
_TRIGGER = const(0x01)
_STATUS = const(0x02)
_DATA = const(0x04)

_HOST = const(0x57)
_NO_TEMPERATURE = const(-32768)
_MEASUREMENT_MS = const(20)


def decode(data: bytes) -> list:
    """Return [(channel index, value)] from the 8 bytes at 0x04; a missing value is left out."""
    load, temperature, free_kib = struct.unpack("<HhI", data)
    values = [(0, load), (1, temperature), (2, (free_kib * 10 + 512) // 1024)]
    if temperature == _NO_TEMPERATURE:
        values.pop(1)
    return values


class Sensor:
    """The only device of a virtual board; it is identified at each `start`."""

    def __init__(self, options: dict, board):
        self._bus = board.i2c(options["bus"])
        self._address = options["address"]

    def start(self, anew: bool) -> int:
        """Begin a measurement; return the milliseconds until `read`."""
        device_id = self._get(_ID, 1)[0]
        if device_id != _HOST:
            raise OSError("id 0x%02x is not 0x57" % device_id)
        self._bus.writeto_mem(self._address, _TRIGGER, b"\1")
        return _MEASUREMENT_MS

    def read(self) -> list:
        """Return [(channel index, value)]; raises OSError with the reason."""
        if self._get(_STATUS, 1)[0] & 1:
            raise OSError("not ready")
        data = self._get(_DATA, 8)
        if data == bytes(8) or data == b"\xff" * 8:
            raise OSError("no data")
        return decode(data)

    def _get(self, register, size):
        return self._bus.readfrom_mem(self._address, register, size)
