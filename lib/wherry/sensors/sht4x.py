"""Sensirion SHT40, SHT41, SHT43 and SHT45: temperature and humidity by one measurement.

Commands, times, formulas and CRC come from the data sheet SHT4x, version 6, sections "Timings",
"Command Overview", "Checksum Calculation" and "Conversion of Signal Output"; a measurement of high
repeatability takes at most 8.3 ms. All arithmetic is in integers: 0.01 °C and 0.01 %.
"""

from micropython import const

from wherry.sampling.words import humidity, temperature, word

OPTIONS = {"bus": ("bus", "i2c0"), "address": ("int", 0x44, 0x44, 0x46)}
CHANNELS = (("temperature", "°C", 2), ("humidity", "%", 2))

_CRC_INITIAL = const(0xFF)
# From a command to its answer: at least 1 ms.
_SERIAL_NUMBER_MS = const(2)
_MEASUREMENT_MS = const(9)


def decode(data: bytes) -> list:
    """Return [(channel index, value or reason)] from two words; OSError if both CRCs are wrong."""
    raw_t, raw_h = word(data, 0, _CRC_INITIAL), word(data, 3, _CRC_INITIAL)
    if raw_t is None and raw_h is None:
        raise OSError("wrong CRC")
    # 17500 / 65535 and 12500 / 65535 in their lowest terms.
    return [(0, temperature(raw_t, 3500, 13107, -4500)), (1, humidity(raw_h, 2500, 13107, -600))]


class Sensor:
    """One chip, which acknowledges no read during a measurement."""

    def __init__(self, options: dict, board):
        self._bus = board.i2c(options["bus"])
        self._address = options["address"]
        self._is_measuring = False

    def start(self, anew: bool) -> int:
        """Begin a measurement, or request the serial number; return the ms until `read`."""
        if anew:
            self._is_measuring = False
            self._bus.writeto(self._address, b"\x89")
            return _SERIAL_NUMBER_MS
        return self._measure()

    def read(self):
        """Return [(channel index, value or reason)], or the milliseconds until the next `read`.

        Raises OSError, whose text is the reason.
        """
        data = self._bus.readfrom(self._address, 6)
        if self._is_measuring:
            return decode(data)
        if None in (word(data, 0, _CRC_INITIAL), word(data, 3, _CRC_INITIAL)):
            raise OSError("serial number: wrong CRC")
        return self._measure()

    def _measure(self):
        self._bus.writeto(self._address, b"\xfd")
        self._is_measuring = True
        return _MEASUREMENT_MS
