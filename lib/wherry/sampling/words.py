"""16-bit words with a CRC, as temperature and humidity chips send them.

A word is two bytes, the higher one first, and an 8-bit CRC: polynomial x^8 + x^5 + x^4 + 1,
highest bit first, no final XOR. The initial value depends on the chip.
"""

from micropython import const

_POLYNOMIAL = const(0x131)


def crc8(data: bytes, initial: int) -> int:
    """Return the CRC of some bytes."""
    crc = initial
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc <<= 1
            if crc & 0x100:
                crc ^= _POLYNOMIAL
    return crc


def word(data: bytes, at: int, initial: int):
    """Return the word at an offset, or None if the CRC after it is wrong."""
    if crc8(data[at : at + 2], initial) != data[at + 2]:
        return None
    return data[at] << 8 | data[at + 1]


def temperature(number, factor: int, divisor: int, offset: int):
    """Return number * factor / divisor + offset in 0.01 °C, or the reason why it is withheld.

    `number` is from `word`. The chips measure from -40 to 125 °C.
    """
    if number is None:
        return "temperature: wrong CRC"
    value = _scaled(number, factor, divisor, offset)
    return value if -4000 <= value <= 12500 else "temperature: out of range"


def humidity(number, factor: int, divisor: int, offset: int):
    """Return number * factor / divisor + offset in 0.01 %, or the reason why it is withheld.

    A chip may return slightly less than 0 or more than 100 %: the value is set to the limit.
    """
    if number is None:
        return "humidity: wrong CRC"
    return min(max(_scaled(number, factor, divisor, offset), 0), 10000)


def _scaled(number, factor, divisor, offset):
    return (number * factor + divisor // 2) // divisor + offset
