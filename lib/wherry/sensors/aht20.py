"""Aosong AHT20, AHT21, DHT20 and AHT10: temperature and humidity by one measurement.

Commands, status bits and formulas come from the data sheets AHT20 V1.0, sections 5.3 to 5.5 and 6,
and AHT10, sections 5.3, 5.4 and 6. An AHT10 has a different initialization command and sends no
CRC. All arithmetic is in integers: 0.01 °C and 0.01 %.
"""

from micropython import const

from wherry.sampling.words import crc8

OPTIONS = {
    "bus": ("bus", "i2c0"),
    "address": ("int", 0x38, 0x38, 0x39),
    "model": ("choice", "aht20", "aht20", "aht10"),
}
CHANNELS = (("temperature", "°C", 2), ("humidity", "%", 2))

_BUSY = const(0x80)
_CALIBRATED = const(0x08)
_CRC_INITIAL = const(0xFF)
_SIZE = const(6)

_INITIALIZATION_MS = const(10)
# At least 80 ms; the data sheet gives no maximum.
_MEASUREMENT_MS = const(100)


def decode(data: bytes) -> list:
    """Return [(channel index, value or reason)] from 7 bytes, or from an AHT10's 6 without a CRC.

    Raises OSError, whose text is the reason, if both values are withheld.
    """
    if data[0] & _BUSY:
        raise OSError("not ready")
    if not data[0] & _CALIBRATED:
        raise OSError("not calibrated")
    if len(data) > _SIZE and crc8(data[:_SIZE], _CRC_INITIAL) != data[_SIZE]:
        raise OSError("wrong CRC")
    raw_h = data[1] << 12 | data[2] << 4 | data[3] >> 4
    raw_t = (data[3] & 15) << 16 | data[4] << 8 | data[5]
    # 20000 / 2 ** 20 and 10000 / 2 ** 20 in their lowest terms.
    value = (raw_t * 625 + 0x4000 >> 15) - 5000
    in_range = -4000 <= value <= 8500
    return [
        (0, value if in_range else "temperature: out of range"),
        (1, raw_h * 625 + 0x8000 >> 16),
    ]


class Sensor:
    """One chip."""

    def __init__(self, options: dict, board):
        self._bus = board.i2c(options["bus"])
        self._address = options["address"]
        is_aht10 = options["model"] == "aht10"
        self._initialization = b"\xe1\x08\x00" if is_aht10 else b"\xbe\x08\x00"
        self._size = _SIZE if is_aht10 else _SIZE + 1
        self._is_measuring = False

    def start(self, anew: bool) -> int:
        """Begin a measurement, or the initialization; return the milliseconds until `read`."""
        if anew:
            status = self._bus.readfrom(self._address, 1)[0]
            if status & _BUSY:
                # A reset takes 20 ms, so it is complete at the next start.
                self._bus.writeto(self._address, b"\xba")
                raise OSError("not ready")
            if not status & _CALIBRATED:
                self._is_measuring = False
                self._bus.writeto(self._address, self._initialization)
                return _INITIALIZATION_MS
        return self._measure()

    def read(self):
        """Return [(channel index, value or reason)], or the milliseconds until the next `read`.

        Raises OSError, whose text is the reason.
        """
        if not self._is_measuring:
            return self._measure()
        return decode(self._bus.readfrom(self._address, self._size))

    def _measure(self):
        self._bus.writeto(self._address, b"\xac\x33\x00")
        self._is_measuring = True
        return _MEASUREMENT_MS
