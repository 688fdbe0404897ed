"""Bosch BME280: temperature, humidity and pressure by one forced measurement; BMP280 as well.

Registers, formulas and times come from the data sheet BST-BME280-DS002, sections 4.2.2, 4.2.3, 5.4
and 9.1. A BMP280 (BST-BMP280-DS001) has the same without humidity: its humidity channel has no
values. All arithmetic is in integers: 0.01 degrees C, 0.01 % and Pa (which is 0.01 hPa).
"""

import struct

from micropython import const

OPTIONS = {"bus": ("bus", "i2c0"), "address": ("int", 0x76, 0x76, 0x77)}
CHANNELS = (("temperature", "°C", 2), ("humidity", "%", 2), ("pressure", "hPa", 2))

_TRIMMING_1 = const(0x88)
_CHIP_ID = const(0xD0)
_TRIMMING_2 = const(0xE1)
_CTRL_HUM = const(0xF2)
_STATUS = const(0xF3)
_CTRL_MEAS = const(0xF4)
_CONFIG = const(0xF5)
_DATA = const(0xF7)

_BME280 = const(0x60)
_BMP280 = const(0x58)
# The number of bytes of pressure and temperature, without and with humidity.
_SIZE_DRY = const(6)
_SIZE = const(8)
# status: a measurement is running, or the trimming is being copied from the chip's memory.
_BUSY = const(0x09)
# ctrl_meas: temperature and pressure sampled once each, forced mode.
_FORCED = const(0x25)
# At most 1.25 + 2.3 + (2.3 + 0.575) + (2.3 + 0.575) ms for one sample of each, rounded up.
_MEASUREMENT_MS = const(10)


def trimming(first: bytes, second: bytes) -> tuple:
    """Return T1-T3, P1-P9, H1-H6 from the 26 bytes at 0x88 and the 7 bytes at 0xE1.

    For a chip without humidity, `second` is empty and H1-H6 are left out.
    """
    numbers = struct.unpack("<HhhHhhhhhhhhBB", first)
    if not numbers[0] or not numbers[3]:
        raise OSError("no trimming values")
    if not second:
        return numbers[:12]
    h2, h3, h4, h45, h5, h6 = struct.unpack("<hBbBbb", second)
    return numbers[:12] + (numbers[13], h2, h3, h4 * 16 + (h45 & 15), h5 * 16 + (h45 >> 4), h6)


def decode(numbers: tuple, data: bytes) -> list:
    """Return [(channel index, value)] from the 8 bytes at 0xF7; OSError if they are not a reading.

    A chip without humidity has 6 bytes there.
    """
    raw_p = data[0] << 12 | data[1] << 4 | data[2] >> 4
    raw_t = data[3] << 12 | data[4] << 4 | data[5] >> 4
    raw_h = data[6] << 8 | data[7] if len(data) == _SIZE else 0
    # One of these values may be a real measurement; a chip that was reset returns all three.
    if (raw_p == 0x80000) + (raw_t == 0x80000) + (raw_h == 0x8000) > 1:
        raise OSError("nothing was measured")
    t1, t2, t3 = numbers[:3]
    x = (raw_t >> 4) - t1
    t_fine = (((raw_t >> 3) - (t1 << 1)) * t2 >> 11) + ((x * x >> 12) * t3 >> 14)
    temperature = t_fine * 5 + 128 >> 8
    pressure = _pressure(numbers, raw_p, t_fine)
    if not (-4000 <= temperature <= 8500 and 30000 <= pressure <= 110000):
        raise OSError("%d in 0.01 C, %d Pa are out of range" % (temperature, pressure))
    if len(data) != _SIZE:
        return [(0, temperature), (2, pressure)]
    return [(0, temperature), (1, _humidity(numbers, raw_h, t_fine)), (2, pressure)]


def _pressure(numbers, raw, t_fine):
    p1, p2, p3, p4, p5, p6, p7, p8, p9 = numbers[3:12]
    x = t_fine - 128000
    y = x * x * p6 + (x * p5 << 17) + (p4 << 35)
    x = (x * x * p3 >> 8) + (x * p2 << 12)
    x = ((1 << 47) + x) * p1 >> 33
    if x <= 0:
        return 0
    p = ((1048576 - raw << 31) - y) * 3125 // x
    x = p9 * (p >> 13) * (p >> 13) >> 25
    p = (p + x + (p8 * p >> 19) >> 8) + (p7 << 4)
    return p + 128 >> 8


def _humidity(numbers, raw, t_fine):
    h1, h2, h3, h4, h5, h6 = numbers[12:]
    x = t_fine - 76800
    y = (x * h6 >> 10) * ((x * h3 >> 11) + 32768)
    y = ((y >> 10) + 2097152) * h2 + 8192 >> 14
    x = ((raw << 14) - (h4 << 20) - h5 * x + 16384 >> 15) * y
    x -= ((x >> 15) * (x >> 15) >> 7) * h1 >> 4
    return (min(max(x, 0), 419430400) >> 12) * 100 + 512 >> 10


class Sensor:
    """One chip."""

    def __init__(self, options: dict, board):
        self._bus = board.i2c(options["bus"])
        self._address = options["address"]
        self._numbers = ()
        self._size = _SIZE

    def start(self, anew: bool) -> int:
        """Begin a measurement; return the milliseconds until `read`."""
        if anew:
            chip_id = self._get(_CHIP_ID, 1)[0]
            if chip_id not in (_BME280, _BMP280):
                raise OSError("chip id 0x%02x is not 0x60 (BME280) or 0x58 (BMP280)" % chip_id)
            self._size = _SIZE if chip_id == _BME280 else _SIZE_DRY
            self._await_idle()
            first = self._get(_TRIMMING_1, 26)
            second = self._get(_TRIMMING_2, 7) if chip_id == _BME280 else b""
            self._numbers = trimming(first, second)
        # ctrl_hum takes effect with the write to ctrl_meas.
        if self._size == _SIZE:
            self._set(_CTRL_HUM, 1)
        self._set(_CONFIG, 0)
        self._set(_CTRL_MEAS, _FORCED)
        return _MEASUREMENT_MS

    def read(self) -> list:
        """Return [(channel index, value)]; raises OSError with the reason."""
        self._await_idle()
        data = self._get(_DATA, self._size)
        if data in (bytes(self._size), b"\xff" * self._size):
            raise OSError("no data")
        return decode(self._numbers, data)

    def _await_idle(self):
        if self._get(_STATUS, 1)[0] & _BUSY:
            raise OSError("not ready")

    def _set(self, register, value):
        self._bus.writeto_mem(self._address, register, bytes((value,)))

    def _get(self, register, size):
        return self._bus.readfrom_mem(self._address, register, size)
