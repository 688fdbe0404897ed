"""A small I2C device with this computer's load, temperature and free memory.

Registers, little-endian: 00 id 57h · 01 trigger (write 1) · 02 status, 0 ready · 04 u16 load in
0.01 · 06 i16 temperature in 0.01 °C, 8000h none · 08 u32 free memory in KiB.
"""

import struct

import psutil

_ID = 0x57
_STATUS, _DATA, _DATA_END = 2, 4, 12
_CONVERSION_US = 1000
_NO_TEMPERATURE = -0x8000


def _temperature():
    """Return the first thermometer's value in 0.01 °C, or 8000h if there is none."""
    for thermometers in getattr(psutil, "sensors_temperatures", dict)().values():
        for thermometer in thermometers:
            return round(thermometer.current * 100)
    return _NO_TEMPERATURE


class Model:
    """One device on the bus."""

    name = "host"
    CHANNELS = (("load", 1), ("temperature", 1), ("free_memory", 1 / 1024))

    def __init__(self, surroundings, address=0x48):
        self.address = address
        self.stuck = False
        self._surroundings = surroundings
        self._pointer = 0
        self._ready_us = 0
        self._values = bytes(8)
        self._measured_us = None

    def write(self, data, now_us):
        """Set the register pointer; writing 1 to register 1 takes a measurement."""
        self._pointer = data[0]
        if data[:2] == b"\x01\x01":
            self._ready_us = now_us + _CONVERSION_US
            self._measure(now_us)

    def _measure(self, now_us):
        load = min(round(psutil.getloadavg()[0] * 100), 0xFFFF)
        celsius = _temperature()
        free = psutil.virtual_memory().available // 1024
        self._values = struct.pack("<HhI", load, celsius, free)
        held = {"load": load / 100, "free_memory": free}
        if celsius != _NO_TEMPERATURE:
            held["temperature"] = celsius / 100
        self._surroundings.measured(now_us, self.name, **held)
        self._measured_us = now_us

    def missed(self, written, now_us):
        """Log the measurement that an access with a fault has not read."""
        register = written[0] if written else self._pointer
        if register in (_STATUS, *range(_DATA, _DATA_END)) and self._measured_us is not None:
            self._surroundings.unread(now_us, self.name, self._measured_us)

    def read(self, count, now_us):
        """Read registers from the pointer."""
        if self._pointer < _DATA_END <= self._pointer + count and self._measured_us is not None:
            self._surroundings.read(now_us, self.name, self._measured_us)
        busy = self.stuck or now_us < self._ready_us
        registers = bytes((_ID, 0, busy, 0)) + self._values
        content = registers[self._pointer : self._pointer + count]
        return content.ljust(count, b"\0")
