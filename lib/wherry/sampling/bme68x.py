"""The trimming values of a BME680 or BME688, and its heater's settings: see sensors/bme680.py.

Loaded only on first use and after a failure.
"""

import struct

from micropython import const

_TRIMMING_1 = const(0x8A)
_TRIMMING_2 = const(0xE1)
_TRIMMING_3 = const(0x00)
_CHIP_ID = const(0xD0)
_VARIANT = const(0xF0)
_RES_HEAT = const(0x5A)
_GAS_WAIT = const(0x64)
_CTRL_GAS_0 = const(0x70)
_CTRL_GAS_1 = const(0x71)

_BME680 = const(0x61)
_BME688 = const(0x01)
# The ambient temperature for which the heater's set-point is calculated.
_ROOM_C = const(25)


def prepare(get, put, heater_c: int, heater_ms: int) -> tuple:
    """Check the chip and set its heater; return (T1-H7, the switching error of the gas).

    The switching error is None for a BME688. `get(register, size)` and `put(register, value)`
    access the chip. Raises OSError, whose text is the reason.
    """
    chip_id = get(_CHIP_ID, 1)[0]
    if chip_id != _BME680:
        raise OSError("chip id 0x%02x is not 0x61" % chip_id)
    is_688 = get(_VARIANT, 1)[0] == _BME688
    numbers = trimming(get(_TRIMMING_1, 23), get(_TRIMMING_2, 14))
    value, _, span, _, error = get(_TRIMMING_3, 5)
    put(_RES_HEAT, heater_code(numbers[-3:], heater_c, value, span))
    put(_GAS_WAIT, wait_code(heater_ms))
    put(_CTRL_GAS_0, 0)
    put(_CTRL_GAS_1, (0x20 if is_688 else 0x10) if heater_ms else 0)
    return numbers[:-3], None if is_688 else (error >> 4) - (error >> 7 << 4)


def trimming(first: bytes, second: bytes) -> tuple:
    """Return T1-T3, P1-P10, H1-H7, G1-G3 from the 23 bytes at 0x8A and the 14 bytes at 0xE1."""
    t2, t3, _, p1, p2, p3, _, p4, p5, p7, p6, _, p8, p9, p10 = struct.unpack(
        "<hbBHhbBhhbbHhhB", first
    )
    h2, h12, h1, h3, h4, h5, h6, h7, t1, g2, g1, g3 = struct.unpack("<BBBbbbBbHhbb", second)
    if not t1 or not p1:
        raise OSError("no trimming values")
    h1, h2 = h1 << 4 | h12 & 15, h2 << 4 | h12 >> 4
    numbers = t1, t2, t3, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10
    return numbers + (h1, h2, h3, h4, h5, h6, h7, g1, g2, g3)


def heater_code(numbers: tuple, heater_c: int, value: int, span: int) -> int:
    """Return res_heat_0 from G1-G3 and the bytes at 0x00 and 0x02."""
    g1, g2, g3 = numbers
    value -= value >> 7 << 8
    x = (g1 + 784) * (((g2 + 154009) * heater_c * 5 // 100 + 3276800) // 10)
    x = (_ROOM_C * g3 * 256 // 1000 + x // 2) // ((span >> 4 & 3) + 4)
    return ((x // (131 * value + 65536) - 250) * 34 + 50) // 100


def wait_code(heater_ms: int) -> int:
    """Return gas_wait_0: six bits of a time, and the power of four that it is multiplied by."""
    code = 0
    while heater_ms > 63:
        heater_ms >>= 2
        code += 64
    return code + heater_ms
