"""A voltage on an ADC pin: a soil moisture probe, a light sensor, a potentiometer.

`points` in the section converts volts to another quantity; `unit` is its unit.
"""

from micropython import const

from wherry.sensors.battery import trimmed_mean

OPTIONS = {"pin": ("pin", ...)}
CHANNELS = (("analog", "V", 3),)

_SAMPLE_COUNT = const(8)
_FULL = const(0xFFFF)


class Sensor:
    """One pin."""

    def __init__(self, options: dict, board):
        self._adc = board.adc(options["pin"])

    def start(self, anew: bool) -> int:
        """Return 0, the milliseconds until `read`."""
        return 0

    def read(self) -> list:
        """Return [(0, millivolts)], the trimmed mean of eight samples."""
        if self._adc.read_u16() == _FULL:
            raise OSError("saturated")
        return [(0, trimmed_mean([self._adc.read_uv() // 1000 for _ in range(_SAMPLE_COUNT)]))]
