"""Texas Instruments INA219: voltage of a supply, current through a shunt, and their product.

Registers, bits and times come from the data sheet SBOS448G, sections 8.3.1, 8.5.3 and 8.6. The
driver calculates the current from the voltage across the shunt: the chip's own calculation
needs a calibration, which the chip loses with its supply. Values are in mV, 0.1 mA and 0.1 mW.
"""

import struct

from micropython import const

OPTIONS = {
    "bus": ("bus", "i2c0"),
    "address": ("int", 0x40, 0x40, 0x4F),
    "shunt_mohm": ("count", 100, 1, 10000),
}
CHANNELS = (("bus_voltage", "V", 3), ("current", "mA", 1), ("power", "mW", 1))

_CONFIGURATION = const(0x00)
_SHUNT = const(0x01)
_BUS = const(0x02)

# 32 V, 320 mV, the mean of 16 samples for each; powered down.
_OFF = b"\x3e\x60"
# The same, and one conversion of each of the two voltages.
_TRIGGER = b"\x3e\x63"
# 16 samples twice, each 586 us at most.
_MEASUREMENT_MS = const(20)
_READY = const(2)
# Steps of 4 mV and of 10 uV.
_BUS_MAX = const(8000)
_SHUNT_MAX = const(32000)


def decode(bus: bytes, shunt: bytes, shunt_mohm: int) -> list:
    """Return [(channel index, value or reason)] from the registers; OSError for another chip."""
    (volts,) = struct.unpack(">H", bus)
    (amperes,) = struct.unpack(">h", shunt)
    if volts >> 3 > _BUS_MAX or not -_SHUNT_MAX <= amperes <= _SHUNT_MAX:
        raise OSError("no data")
    volts >>= 3
    bus_is_over, shunt_is_over = volts == _BUS_MAX, abs(amperes) == _SHUNT_MAX
    found = [(0, "bus_voltage: saturated" if bus_is_over else volts * 4)]
    current = (amperes * 200 + shunt_mohm) // (2 * shunt_mohm)
    found.append((1, "current: saturated" if shunt_is_over else current))
    power = (volts * amperes * 4 + 5 * shunt_mohm) // (10 * shunt_mohm)
    found.append((2, "power: saturated" if bus_is_over or shunt_is_over else power))
    return found


class Sensor:
    """One chip, which is powered down after a conversion."""

    def __init__(self, options: dict, board):
        self._bus = board.i2c(options["bus"])
        self._address = options["address"]
        self._shunt_mohm = options["shunt_mohm"]

    def start(self, anew: bool) -> int:
        """Begin a conversion; return the milliseconds until `read`."""
        if anew:
            # The chip lacks an id, so the driver checks that it keeps a setting.
            self._set(_OFF)
            if self._get(_CONFIGURATION) != _OFF:
                raise OSError("does not keep its setting: not an INA219")
        self._set(_TRIGGER)
        return _MEASUREMENT_MS

    def read(self) -> list:
        """Return [(channel index, value or reason)]; raises OSError with the reason."""
        bus = self._get(_BUS)
        if not bus[1] & _READY:
            raise OSError("not ready")
        return decode(bus, self._get(_SHUNT), self._shunt_mohm)

    def _set(self, setting):
        self._bus.writeto_mem(self._address, _CONFIGURATION, setting)

    def _get(self, register):
        return self._bus.readfrom_mem(self._address, register, 2)
