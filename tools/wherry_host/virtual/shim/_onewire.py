"""The ESP32's 1-Wire bit-banging; the pin's device models answer each time slot."""

from _board import call


def _slot(what, pin, value=0):
    return call(b"O" + what + bytes((pin.id, value)))[0]


def reset(pin):
    return bool(_slot(b"r", pin))


def readbit(pin):
    return _slot(b"b", pin)


def readbyte(pin):
    return _slot(b"g", pin)


def writebit(pin, value):
    _slot(b"B", pin, value & 1)


def writebyte(pin, value):
    _slot(b"w", pin, value & 255)


def crc8(data):
    # Maxim's application note 27: x^8 + x^5 + x^4 + 1, the lowest bit first.
    crc = 0
    for octet in data:
        crc ^= octet
        for _ in range(8):
            crc = crc >> 1 ^ (0x8C if crc & 1 else 0)
    return crc
