"""The BME680 and BME688 formulas that convert raw values to physical ones, and an inverse.

The formulas are the floating-point formulas of Bosch's BME68x API. The trimming values are from a
real BME680, as the project wrclark/bme680 prints them.
"""

import struct

T = 26125, 26370, 3
P = 36262, -10371, 88, 6713, -103, 30, 31, -251, -3158, 30
H = 776, 1010, 0, 45, 20, 120, -100
G = -73, -6255, 18
SWITCHING_ERROR = 1
RES_HEAT_VALUE, RES_HEAT_RANGE = 39, 1
# Corrections by range, in per cent.
_GAIN_ERRORS = 0, 0, 0, 0, 0, -1, 0, -0.8, 0, 0, -0.2, -0.5, 0, -1, 0, 0
_RESISTANCE_ERRORS = 0, 0, 0, 0, 0.1, 0.7, 0, -0.8, -0.1, 0, 0, 0, 0, 0, 0, 0


def memory():
    """Return {address: bytes} of the trimming values."""
    first = struct.pack("<hbBHhbBhhbb2BhhB", T[1], T[2], 0, *P[:3], 0, *P[3:5], P[6], P[5],
                        0, 0, *P[7:])  # fmt: skip
    mixed = H[1] >> 4, (H[1] & 15) << 4 | H[0] & 15, H[0] >> 4
    second = struct.pack("<BBBbbbBbHhbb", *mixed, *H[2:], T[0], G[1], G[0], G[2])
    third = bytes((RES_HEAT_VALUE, 0, RES_HEAT_RANGE << 4, 0, (SWITCHING_ERROR & 15) << 4))
    return {0x8A: first, 0xE1: second, 0x00: third}


def fine_temperature(raw):
    """Return t_fine, which is 5120 times the temperature in °C."""
    first = (raw / 16384 - T[0] / 1024) * T[1]
    return first + (raw / 131072 - T[0] / 8192) ** 2 * T[2] * 16


def temperature(raw):
    """Return the temperature in °C."""
    return fine_temperature(raw) / 5120


def pressure(raw, fine):
    """Return the pressure in Pa."""
    a = fine / 2 - 64000
    b = a * a * P[5] / 131072 + a * P[4] * 2
    b = b / 4 + P[3] * 65536
    a = (P[2] * a * a / 16384 + P[1] * a) / 524288
    a = (1 + a / 32768) * P[0]
    p = (1048576 - raw - b / 4096) * 6250 / a
    curved = P[8] * p * p / 2147483648 + p * P[7] / 32768 + (p / 256) ** 3 * P[9] / 131072
    return p + (curved + P[6] * 128) / 16


def humidity(raw, fine):
    """Return the relative humidity in %."""
    celsius = fine / 5120
    a = raw - (H[0] * 16 + H[2] / 2 * celsius)
    b = a * H[1] / 262144
    b *= 1 + H[3] / 16384 * celsius + H[4] / 1048576 * celsius * celsius
    return min(max(b + (H[5] / 16384 + H[6] / 2097152 * celsius) * b * b, 0), 100)


def gas_resistance(raw, span, is_688):
    """Return the resistance in ohms for a 10-bit raw value in one of 16 ranges."""
    if is_688:
        return 1_000_000 * (262144 >> span) / (4096 + (raw - 512) * 3)
    gain = (1340 + 5 * SWITCHING_ERROR) * (1 + _GAIN_ERRORS[span] / 100)
    share = 1 + _RESISTANCE_ERRORS[span] / 100
    return 1 / (share * 0.000000125 * (1 << span) * ((raw - 512) / gain + 1))


def raw_gas(ohms, is_688):
    """Return the (raw value, range) nearest to `ohms`; of equals, the one nearest mid-range."""
    found = []
    for span in range(16):
        near = min(range(1024), key=lambda raw: abs(gas_resistance(raw, span, is_688) - ohms))
        found.append((abs(gas_resistance(near, span, is_688) - ohms), abs(near - 512), near, span))
    return min(found)[2:]


def heater_c(code):
    """Return the temperature of the heater in °C for a res_heat code, at 25 °C ambient."""
    share = (1 + RES_HEAT_VALUE * 0.002) * (4 + RES_HEAT_RANGE) / 4
    resistance = (code / 3.4 + 25) * share - G[2] / 1024 * 25
    slope = G[1] / 32768 * 0.0005 + 0.00235
    return (resistance / (G[0] / 16 + 49) - 1) / slope
