"""Bosch BME680 and BME688: temperature, humidity, pressure and the resistance of a heated film.

Registers and bits come from the data sheet BST-BME680-DS001, sections 3.1 to 3.4 and 5.3. Formulas
and times, also those of a BME688, come from Bosch's BME68x API: its floating-point formulas in
integers, and its integer one for the heater. The resistance falls where the air has more volatile
compounds. It is withheld unless the chip says that it is valid and that the heater was at its
temperature. Values are in 0.01 °C, 0.01 %, Pa (which is 0.01 hPa) and 10 ohms.
"""

from micropython import const

OPTIONS = {
    "bus": ("bus", "i2c0"),
    "address": ("int", 0x77, 0x76, 0x77),
    "heater_c": ("count", 320, 200, 400),
    "heater_ms": ("count", 150, 0, 4032),
}
CHANNELS = (
    ("temperature", "°C", 2),
    ("humidity", "%", 2),
    ("pressure", "hPa", 2),
    ("gas_resistance", "kΩ", 2),
)

_CTRL_HUM = const(0x72)
_CTRL_MEAS = const(0x74)
_CONFIG = const(0x75)
_DATA = const(0x1D)
_SIZE = const(17)

# Sampled once each, forced mode.
_FORCED = const(0x25)
# Of a result: new data, measuring gas, measuring. Of the gas: valid, heater stable.
_STATUS = const(0xE0)
_NEW = const(0x80)
_GAS_RIGHT = const(0x30)
# 1 ms + 3 samples of 1.963 ms + 9 switches of 0.477 ms.
_MEASUREMENT_MS = const(12)
# By range, in 0.1 %: what the gain and the resistance are less, the latter with 8 added.
_GAIN_LESS = b"\0\0\0\0\0\x0a\0\x08\0\0\x02\x05\0\x0a\0\0"
_RESISTANCE_MORE = b"\x08\x08\x08\x08\x09\x0f\x08\0\x07\x08\x08\x08\x08\x08\x08\x08"


def decode(numbers: tuple, data: bytes) -> list:
    """Return [(channel index, value)] from the 17 bytes at 0x1D but the gas; OSError without."""
    raw_p = data[2] << 12 | data[3] << 4 | data[4] >> 4
    raw_t = data[5] << 12 | data[6] << 4 | data[7] >> 4
    raw_h = data[8] << 8 | data[9]
    if (raw_p == 0x80000) + (raw_t == 0x80000) + (raw_h == 0x8000) > 1:
        raise OSError("nothing was measured")
    x = raw_t - (numbers[0] << 4)
    t_fine = (x * numbers[1] >> 14) + (x * x * numbers[2] >> 30)
    temperature = t_fine * 5 + 128 >> 8
    pressure = _pressure(numbers, raw_p, t_fine - 128000)
    if not (-4000 <= temperature <= 8500 and 30000 <= pressure <= 110000):
        raise OSError("%d in 0.01 C, %d Pa are out of range" % (temperature, pressure))
    return [(0, temperature), (1, _humidity(numbers, raw_h, temperature)), (2, pressure)]


def _pressure(numbers, raw, x):
    p1, p2, p3, p4, p5, p6, p7, p8, p9, p10 = numbers[3:13]
    gain = ((1 << 50) + x * x * p3 + (x * p2 << 15)) * p1
    if gain <= 0:
        return 0
    # In 1/256 Pa.
    p = ((1048576 - raw << 33) - x * x * p6 - (x * p5 << 19) - (p4 << 37)) * (6250 << 25) // gain
    p += (p * p * p9 >> 43) + (p * p8 >> 19) + (p * p * p * p10 >> 61) + (p7 << 11)
    return p + 128 >> 8


def _humidity(numbers, raw, celsius_100):
    h1, h2, h3, h4, h5, h6, h7 = numbers[13:]
    x = (raw - (h1 << 4)) * 200 - celsius_100 * h3
    gain = (10000 << 20) + celsius_100 * (h4 * 6400 + celsius_100 * h5)
    # In 1/65536 %.
    x = x * h2 * gain // (200 * 10000 << 22)
    x += (h6 * 12800 + h7 * celsius_100) * (x * x >> 16) // (100 << 21)
    return min(max(x * 100 + 0x8000 >> 16, 0), 10000)


def gas_resistance(data: bytes, switching_error):
    """Return 10 ohms from two bytes, or why they are withheld; no error is given for a BME688."""
    if data[1] & _GAS_RIGHT != _GAS_RIGHT:
        return "gas_resistance: not valid"
    raw, span = (data[0] << 2 | data[1] >> 6) - 512, data[1] & 15
    if switching_error is None:
        return (100000 * (262144 >> span) * 2 // (4096 + 3 * raw) + 1) // 2
    gain = (1340 + 5 * switching_error) * (1000 - _GAIN_LESS[span])
    divisor = (992 + _RESISTANCE_MORE[span]) * (raw * 1000 + gain) << span
    return (1_600_000_000 * gain // divisor + 1) // 2


class Sensor:
    """One chip."""

    def __init__(self, options: dict, board):
        self._bus = board.i2c(options["bus"])
        self._address = options["address"]
        self._heater_c = options["heater_c"]
        self._heater_ms = options["heater_ms"]
        self._numbers = ()
        self._switching_error = None

    def start(self, anew: bool) -> int:
        """Begin a measurement; return the milliseconds until `read`."""
        if anew:
            from wherry.sampling import bme68x

            heater = self._heater_c, self._heater_ms
            self._numbers, self._switching_error = bme68x.prepare(self._get, self._set, *heater)
        for register, value in ((_CTRL_HUM, 1), (_CONFIG, 0), (_CTRL_MEAS, _FORCED)):
            self._set(register, value)
        return _MEASUREMENT_MS + self._heater_ms + self._heater_ms // 10

    def read(self) -> list:
        """Return [(channel index, value or reason)]; OSError names the reason."""
        data = self._get(_DATA, _SIZE)
        if data[0] & _STATUS != _NEW:
            raise OSError("not ready")
        found = decode(self._numbers, data)
        if self._heater_ms:
            place = 15 if self._switching_error is None else 13
            found.append((3, gas_resistance(data[place : place + 2], self._switching_error)))
        return found

    def _set(self, register, value):
        self._bus.writeto_mem(self._address, register, bytes((value,)))

    def _get(self, register, size):
        return self._bus.readfrom_mem(self._address, register, size)
