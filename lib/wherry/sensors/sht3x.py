"""Sensirion SHT30, SHT31 and SHT35: temperature and humidity by one measurement.

Commands, status bits, formulas and CRC come from the data sheet SHT3x-DIS, version 5, sections
4.3, 4.4 and 4.8 to 4.13; a measurement of high repeatability takes at most 15.5 ms. All arithmetic
is in integers: 0.01 °C and 0.01 %.
"""

from micropython import const

from wherry.sampling.words import humidity, temperature, word

OPTIONS = {"bus": ("bus", "i2c0"), "address": ("int", 0x44, 0x44, 0x45)}
CHANNELS = (("temperature", "°C", 2), ("humidity", "%", 2))

_CRC_INITIAL = const(0xFF)
_HEATER = const(0x2000)

# The steps of `read` on the first use.
_ASK = const(0)
_CHECK = const(1)
_FETCH = const(2)

# From one command to the next: at least 1 ms.
_COMMAND_MS = const(2)
_MEASUREMENT_MS = const(16)


def decode(data: bytes) -> list:
    """Return [(channel index, value or reason)] from two words; OSError if both CRCs are wrong."""
    raw_t, raw_h = word(data, 0, _CRC_INITIAL), word(data, 3, _CRC_INITIAL)
    if raw_t is None and raw_h is None:
        raise OSError("wrong CRC")
    # 17500 / 65535 and 10000 / 65535 in their lowest terms.
    return [(0, temperature(raw_t, 3500, 13107, -4500)), (1, humidity(raw_h, 2000, 13107, 0))]


class Sensor:
    """One chip, which acknowledges no read during a measurement."""

    def __init__(self, options: dict, board):
        self._bus = board.i2c(options["bus"])
        self._address = options["address"]
        self._step = _ASK

    def start(self, anew: bool) -> int:
        """Begin a measurement, or the check of the chip; return the milliseconds until `read`."""
        if anew:
            self._step = _ASK
            # This command ends periodic measurements, which another program may have begun.
            return self._send(b"\x30\x93", _COMMAND_MS)
        return self._measure()

    def read(self):
        """Return [(channel index, value or reason)], or the milliseconds until the next `read`.

        Raises OSError, whose text is the reason.
        """
        if self._step == _ASK:
            self._step = _CHECK
            return self._send(b"\xf3\x2d", _COMMAND_MS)
        if self._step == _CHECK:
            self._check(word(self._bus.readfrom(self._address, 3), 0, _CRC_INITIAL))
            return self._measure()
        return decode(self._bus.readfrom(self._address, 6))

    def _check(self, status):
        if status is None:
            raise OSError("status: wrong CRC")
        if status & _HEATER:
            # The reset switches the heater off, and is complete at the next start.
            self._send(b"\x30\xa2", 0)
            raise OSError("the heater was on")

    def _measure(self):
        self._step = _FETCH
        return self._send(b"\x24\x00", _MEASUREMENT_MS)

    def _send(self, command, ms):
        self._bus.writeto(self._address, command)
        return ms
