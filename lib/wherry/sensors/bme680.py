"""Bosch BME680 and BME688: temperature, humidity, pressure and the resistance of a heated film.

Registers and bits come from the data sheet BST-BME680-DS001, sections 3.1 to 3.4 and 5.3, times
from Bosch's BME68x API; the API's formulas are in sampling/bme68x_values.py. The resistance falls
if the air has more volatile compounds. It is withheld unless the chip reports that it is valid and
that the heater was at its temperature. Values are in 0.01 °C, 0.01 %, Pa (which is 0.01 hPa) and
10 ohms.
"""

from micropython import const

OPTIONS = {
    "bus": ("bus", "i2c0"),
    "address": ("int", 0x77, 0x76, 0x77),
    "heater_c": ("count", 320, 200, 400),
    "heater_ms": ("count", 150, 0, 4032),
}
CHANNELS = (
    ("temperature", "°C", 2),
    ("humidity", "%", 2),
    ("pressure", "hPa", 2),
    ("gas_resistance", "kΩ", 2),
)

_CTRL_HUM = const(0x72)
_CTRL_MEAS = const(0x74)
_CONFIG = const(0x75)
_DATA = const(0x1D)
_SIZE = const(17)

# Each quantity is sampled once, in forced mode.
_FORCED = const(0x25)
# The status bits of a result: new data, measuring gas, measuring.
_STATUS = const(0xE0)
_NEW = const(0x80)
# 1 ms + 3 samples of 1.963 ms + 9 switches of 0.477 ms.
_MEASUREMENT_MS = const(12)


class Sensor:
    """One chip."""

    def __init__(self, options: dict, board):
        self._bus = board.i2c(options["bus"])
        self._address = options["address"]
        self._heater_c = options["heater_c"]
        self._heater_ms = options["heater_ms"]
        self._numbers = ()
        self._switching_error = None

    def start(self, anew: bool) -> int:
        """Begin a measurement; return the milliseconds until `read`."""
        if anew:
            from wherry.sampling import bme68x

            heater = self._heater_c, self._heater_ms
            self._numbers, self._switching_error = bme68x.prepare(self._get, self._set, *heater)
        for register, value in ((_CTRL_HUM, 1), (_CONFIG, 0), (_CTRL_MEAS, _FORCED)):
            self._set(register, value)
        return _MEASUREMENT_MS + self._heater_ms + self._heater_ms // 10

    def read(self) -> list:
        """Return [(channel index, value or reason)]; raises OSError with the reason."""
        data = self._get(_DATA, _SIZE)
        if data[0] & _STATUS != _NEW:
            raise OSError("not ready")
        # Loaded at each reading: the formulas take more heap than the rest of the driver.
        from wherry.sampling import bme68x_values

        found = bme68x_values.decode(self._numbers, data)
        if self._heater_ms:
            found.append((3, bme68x_values.gas_resistance(data, self._switching_error)))
        return found

    def _set(self, register, value):
        self._bus.writeto_mem(self._address, register, bytes((value,)))

    def _get(self, register, size):
        return self._bus.readfrom_mem(self._address, register, size)
