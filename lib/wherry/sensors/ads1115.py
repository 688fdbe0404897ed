"""Texas Instruments ADS1115: the voltages of up to four inputs against ground.

The configuration register and the full-scale ranges come from the data sheet SBAS444E, sections
"Full-Scale Range (FSR) and LSB Size" and "Config Register". The inputs are converted one after the
other, at 128 samples per second. Values are in 0.1 mV.
"""

import struct

from micropython import const

OPTIONS = {
    "bus": ("bus", "i2c0"),
    "address": ("int", 0x48, 0x48, 0x4B),
    "inputs": ("choice", 4, 1, 2, 3, 4),
    "range_mv": ("choice", 4096, 6144, 4096, 2048, 1024, 512, 256),
}
CHANNELS = tuple([("analog%d" % i, "V", 4) for i in range(4)])

_RESULT = const(0x00)
_CONFIGURATION = const(0x01)
# Writing 1 begins a conversion; the bit reads as 1 while no conversion is running.
_IDLE = const(0x8000)
# Input 0 against ground, one conversion, 128 per second, no comparator; the step to the next
# input.
_SINGLE = const(0xC183)
_INPUT = const(0x1000)
_RANGE_PLACE = const(9)
_RANGES = (6144, 4096, 2048, 1024, 512, 256)
# 1/128 s plus 10 %.
_CONVERSION_MS = const(9)


def decode(number: int, data: bytes, range_mv: int):
    """Return the value of an input from the two bytes of a result, or why it is withheld."""
    (raw,) = struct.unpack(">h", data)
    if raw in (0x7FFF, -0x8000):
        return "analog%d: saturated" % number
    return raw * range_mv * 10 + 0x4000 >> 15


class Sensor:
    """One chip, which is powered down after each conversion."""

    def __init__(self, options: dict, board):
        self._bus = board.i2c(options["bus"])
        self._address = options["address"]
        self._count = options["inputs"]
        self._range_mv = options["range_mv"]
        # The values of the running measurement so far, one per input.
        self._found = []

    def start(self, anew: bool) -> int:
        """Begin the conversion of the first input; return the milliseconds until `read`."""
        self._found = []
        # A conversion that is still running would overwrite the result with its own input's value.
        if not self._get(_CONFIGURATION)[0] & _IDLE >> 8:
            raise OSError("not ready")
        return self._convert()

    def read(self):
        """Return [(channel index, value or reason)], or the milliseconds until the next `read`.

        A failure at one input leaves the values of those before it.
        """
        number = len(self._found)
        try:
            self._found.append((number, self._fetch(number)))
            if len(self._found) < self._count:
                return self._convert()
        except OSError as error:
            if not self._found:
                raise
            from wherry.sampling.failures import words

            reason = "analog%d: %s" % (len(self._found), words(error))
            self._found.append((len(self._found), reason))
        return self._found

    def _setting(self):
        place = _RANGES.index(self._range_mv) << _RANGE_PLACE
        return _SINGLE + _INPUT * len(self._found) | place

    def _convert(self):
        self._bus.writeto_mem(self._address, _CONFIGURATION, struct.pack(">H", self._setting()))
        return _CONVERSION_MS

    def _fetch(self, number):
        """Return the value of an input, or why it is withheld; OSError without a result."""
        (setting,) = struct.unpack(">H", self._get(_CONFIGURATION))
        if (setting ^ self._setting()) & ~_IDLE:
            raise OSError("does not keep its setting: not an ADS1115")
        if not setting & _IDLE:
            raise OSError("not ready")
        return decode(number, self._get(_RESULT), self._range_mv)

    def _get(self, register):
        return self._bus.readfrom_mem(self._address, register, 2)
