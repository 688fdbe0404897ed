"""The values of a BME680 or BME688 from the bytes of a result: see sensors/bme680.py.

The formulas are the floating-point formulas of Bosch's BME68x API, converted to integers; they are
valid for the BME688 as well. Loaded at each reading.
"""

from micropython import const

# The bits "gas valid" and "heater stable".
_GAS_RIGHT = const(0x30)
# For each range, in 0.1 %: the reduction of the gain; that of the resistance, plus 8.
_GAIN_LESS = b"\0\0\0\0\0\x0a\0\x08\0\0\x02\x05\0\x0a\0\0"
_RESISTANCE_MORE = b"\x08\x08\x08\x08\x09\x0f\x08\0\x07\x08\x08\x08\x08\x08\x08\x08"


def decode(numbers: tuple, data: bytes) -> list:
    """Return [(channel index, value)] except the gas from the 17 bytes at 0x1D; raises OSError."""
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
    """Return the resistance in units of 10 ohms, or the reason why it is withheld."""
    at = 15 if switching_error is None else 13
    data = data[at : at + 2]
    if data[1] & _GAS_RIGHT != _GAS_RIGHT:
        return "gas_resistance: not valid"
    raw, span = (data[0] << 2 | data[1] >> 6) - 512, data[1] & 15
    if switching_error is None:
        return (100000 * (262144 >> span) * 2 // (4096 + 3 * raw) + 1) // 2
    gain = (1340 + 5 * switching_error) * (1000 - _GAIN_LESS[span])
    divisor = (992 + _RESISTANCE_MORE[span]) * (raw * 1000 + gain) << span
    return (1_600_000_000 * gain // divisor + 1) // 2
