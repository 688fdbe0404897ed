"""A bus with a chip's registers, and the data sheet's example of a BME280."""

import struct

# Trimming and raw values of the calculation example in Bosch's BMP280 data sheet (BST-BMP280-DS001
# section 3.12), whose temperature and pressure are compensated the same way; H1-H6 are typical.
TP = (27504, 26435, -1000, 36477, -10685, 3024, 2855, 140, -7, 15500, -14600, 6000)
H = (75, 362, 0, 324, 50, 30)
RAW_T, RAW_P, RAW_H = 519888, 415148, 27000


class Bus:
    """I2C with one device at one address: 256 registers, and a log of writes."""

    def __init__(self, address):
        self.address = address
        self.registers = bytearray(256)
        self.written = []

    def put(self, register, octets):
        for octet in octets:
            self.registers[register] = octet
            register += 1

    def readfrom_mem(self, address, register, size):
        if address != self.address:
            raise OSError(19)
        return bytes(self.registers[register : register + size])

    def writeto_mem(self, address, register, octets):
        if address != self.address:
            raise OSError(19)
        self.written.append((register, bytes(octets)))


class Ports:
    """The ports that a board provides to a driver."""

    def __init__(self, bus=None, samples_mv=()):
        self.bus = bus
        self.samples_mv = list(samples_mv)

    def i2c(self, name):
        assert name == "i2c0"
        return self.bus

    def battery_mv(self):
        return self.samples_mv.pop(0)


def trimming_octets(tp, h):
    """Return the registers 0x88-0xA1 and 0xE1-0xE7 as in table 16 of the data sheet."""
    h1, h2, h3, h4, h5, h6 = h
    first = struct.pack("<HhhHhhhhhhhh", *tp) + bytes((0, h1))
    second = struct.pack("<hB", h2, h3) + bytes((
        h4 >> 4 & 255, (h5 & 15) << 4 | h4 & 15, h5 >> 4 & 255, h6 & 255,
    ))  # fmt: skip
    return first, second


def data_octets(raw_t, raw_p, raw_h):
    """Return the registers 0xF7-0xFE."""
    return bytes((
        raw_p >> 12, raw_p >> 4 & 255, raw_p << 4 & 255, raw_t >> 12, raw_t >> 4 & 255,
        raw_t << 4 & 255, raw_h >> 8, raw_h & 255,
    ))  # fmt: skip
