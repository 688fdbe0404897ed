"""A DS18B20 on a 1-Wire bus (Maxim DS18B20 datasheet, figures 4 and 7, tables 1 and 2).

Byte 6 of the scratchpad is 0Ch after power-on. After a conversion, it is 10h minus the four lowest
bits of the temperature, as measurements of genuine parts show.
"""

import struct

from wherry_host.virtual.chips.onewire_chip import OneWireChip, bits, crc8

_CONVERT, _READ = 0x44, 0xBE
_CONVERSION_US = 750_000
_RAW_POWER_ON = 85 * 16


class Model(OneWireChip):
    """One sensor on a pin; `rom` is the seven bytes before the CRC, as hex digits."""

    name = "ds18b20"
    FROZEN = "ds18x20", "onewire"
    READY_US = _CONVERSION_US
    CHANNELS = (("temperature", 1),)

    def __init__(self, surroundings, pin=4, rom="28ff641e821604"):
        super().__init__(bytes.fromhex(rom))
        self.pin = pin
        self.stuck = False
        self._surroundings = surroundings
        self._raw, self._rest = _RAW_POWER_ON, 0x0C
        self._converting = None
        self._ready_us = 0
        self._measured_us = self._shown_us = None

    def command(self, code, now_us):
        """Convert or send the scratchpad."""
        self._finish(now_us)
        if code == _CONVERT:
            celsius = self._surroundings.quantity("temperature", now_us)
            self._converting = min(max(round(celsius * 16), -55 * 16), 125 * 16)
            self._measured_us, self._ready_us = now_us, now_us + _CONVERSION_US
            value = self._converting / 16
            self._surroundings.measured(now_us, self.name, temperature=value)
        elif code == _READ:
            data = struct.pack("<hBBBBBB", self._raw, 0x4B, 0x46, 0x7F, 0xFF, self._rest, 0x10)
            self._sending = bits(data + bytes((crc8(data),)))
            if self._shown_us is not None:
                self._surroundings.read(now_us, self.name, self._shown_us)

    def idle_bit(self, now_us):
        """Return 0 while a conversion runs."""
        self._finish(now_us)
        return int(self._converting is None)

    def _finish(self, now_us):
        if self._converting is not None and now_us >= self._ready_us and not self.stuck:
            self._raw, self._converting = self._converting, None
            self._rest = 0x10 - (self._raw & 15)
            self._shown_us = self._measured_us

    def missed(self, now_us):
        """Log that a fault has kept a program from its newest measurement."""
        if self._measured_us is not None:
            self._surroundings.unread(now_us, self.name, self._measured_us)
        # A later read of the scratchpad is for its settings.
        self._measured_us = self._shown_us = None
