"""Maxim DS18B20 and DS1822 on a 1-Wire bus, by the frozen drivers `onewire` and `ds18x20`.

Scratchpad and times come from the DS18B20 datasheet, figures 7 to 10 and table 2. Several may be
on one pin: each has a section with its `rom`. If a `rom` is missing, the console lists the sensors
on the pin.
"""

import struct
from binascii import hexlify, unhexlify

from micropython import const

OPTIONS = {"pin": ("pin", ...), "rom": ("rom", None)}
CHANNELS = (("temperature", "°C", 2),)

_CONVERT = const(0x44)
_FAMILIES = b"\x28\x22"
# For 9 bits; each further bit doubles the time.
_CONVERSION_MS = const(94)
_POWER_ON_RAW = const(85 * 16)
_POWER_ON_REST = const(0x0C)


def decode(data: bytes) -> list:
    """Return [(0, hundredths of a degree or a reason)] from the nine bytes of a scratchpad."""
    (raw,) = struct.unpack("<h", data[:2])
    # A conversion changes byte 6, so a measured 85.00 °C is accepted.
    if raw == _POWER_ON_RAW and data[6] == _POWER_ON_REST:
        return [(0, "85 °C, the value after power-on")]
    if not -55 * 16 <= raw <= 125 * 16:
        return [(0, "temperature: out of range")]
    return [(0, (raw * 25 + 2) // 4)]


class Sensor:
    """One sensor of a bus."""

    def __init__(self, options: dict, board):
        self._bus = board.pins().ds18x20(options["pin"])
        self._wanted = options["rom"]
        self._rom = b""
        self._wait_ms = 0

    def start(self, anew: bool) -> int:
        """Begin a conversion; return the milliseconds until `read`."""
        wire = self._bus.ow
        if anew:
            self._rom = self._found()
            self._wait_ms = _CONVERSION_MS << (self._scratch()[4] >> 5 & 3)
        if not wire.reset():
            raise OSError("no answer")
        wire.select_rom(self._rom)
        wire.writebyte(_CONVERT)
        return self._wait_ms

    def read(self) -> list:
        """Return [(0, value or reason)]; OSError without a valid answer."""
        # A read slot is 0 until the conversion that was started last is complete, and until then
        # the scratchpad has the old value. With several sensors on the pin, that conversion may be
        # another sensor's, so this is not checked if there is a rom.
        is_done = self._wanted or self._bus.ow.readbit()
        found = decode(self._scratch())
        if not is_done:
            raise OSError("not ready")
        return found

    def _found(self):
        """Return the address of the sensor; OSError if it is not the only one."""
        if self._wanted:
            return unhexlify(self._wanted)
        found = [rom for rom in self._bus.ow.scan() if rom[0] in _FAMILIES]
        if not found:
            raise OSError("no answer")
        if len(found) > 1:
            names = ", ".join([str(hexlify(rom), "ascii") for rom in found])
            raise OSError("%d sensors, give rom: %s" % (len(found), names))
        return bytes(found[0])

    def _scratch(self):
        data = b""
        try:
            data = bytes(self._bus.read_scratch(self._rom))
        except Exception as error:
            # onewire raises an error without a message if the bus has no presence pulse.
            reason = "wrong CRC" if error.args else "no answer"
        else:
            # Bits that are always 1. A wire that is held low reads as zeros with a valid CRC.
            reason = "no data" if data[4] & 0x9F != 0x1F else None
        if reason:
            raise OSError(reason)
        return data
