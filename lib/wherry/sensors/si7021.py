"""Silicon Labs Si7021; HTU21D, SHT20, SHT21 and SHT25 have the same commands and formulas.

Temperature and humidity are two conversions. Commands, formulas and CRC come from the data sheets
Si7021-A20 rev 1.1, sections 5.1 and 5.2, and SHT20 version 3, sections 5.3 to 5.7 and 6; the times
are the longest of these chips, in table 7 of the SHT20. All arithmetic is in integers: 0.01 °C and
0.01 %.
"""

from micropython import const

from wherry.sampling.words import humidity, temperature, word

OPTIONS = {"bus": ("bus", "i2c0"), "address": ("int", 0x40, 0x40, 0x40)}
CHANNELS = (("temperature", "°C", 2), ("humidity", "%", 2))

# User register: resolution and heater. The other bits are reserved and stay unchanged.
_USER_BITS = const(0x85)
_TEMPERATURE_MS = const(85)
_HUMIDITY_MS = const(29)


def decode(index: int, data: bytes):
    """Return a channel's value from its word and CRC, or the reason why it is withheld."""
    number = word(data, 0, 0)
    if number is not None:
        # Bit 1 is 1 for humidity. It is checked because three zero bytes have a valid CRC.
        if number >> 1 & 1 != index:
            return ("humidity" if index else "temperature") + ": wrong status bits"
        number &= 0xFFFC
    # 17572 / 2 ** 16 and 12500 / 2 ** 16 in their lowest terms.
    if index:
        return humidity(number, 3125, 0x4000, -600)
    return temperature(number, 4393, 0x4000, -4685)


class Sensor:
    """One chip, which acknowledges no read during a conversion."""

    def __init__(self, options: dict, board):
        self._bus = board.i2c(options["bus"])
        self._address = options["address"]
        # The temperature's value or reason in the current measurement, or None before the first
        # `read`.
        self._temperature = None

    def start(self, anew: bool) -> int:
        """Begin the conversion of the temperature; return the milliseconds until `read`."""
        self._temperature = None
        if anew:
            user = self._bus.readfrom_mem(self._address, 0xE7, 1)[0]
            if user & _USER_BITS:
                # 12 bits of humidity, 14 of temperature; the heater is off.
                self._bus.writeto(self._address, bytes((0xE6, user & ~_USER_BITS)))
        self._bus.writeto(self._address, b"\xf3")
        return _TEMPERATURE_MS

    def read(self):
        """Return [(channel index, value or reason)], or the milliseconds until the next `read`.

        Raises OSError, whose text is the reason. A failure after the first conversion withholds
        the humidity only.
        """
        is_first = self._temperature is None
        if is_first:
            self._temperature = decode(0, self._bus.readfrom(self._address, 3))
        try:
            if is_first:
                self._bus.writeto(self._address, b"\xf5")
                return _HUMIDITY_MS
            found = decode(1, self._bus.readfrom(self._address, 3))
        except OSError as error:
            from wherry.sampling.failures import words

            found = "humidity: " + words(error)
        return [(0, self._temperature), (1, found)]
