"""A slowly changing voltage on an analog pin, such as a soil moisture probe's."""

from math import pi, sin

_PERIOD_US = 600_000_000


class Model:
    """The voltage swings by `swing_mv` around `mv`, with a period of ten minutes."""

    name = "analog"
    CHANNELS = (("analog_mv", 1 / 1000),)
    # The driver checks once whether the converter is saturated, then samples eight times. Both
    # steps round to a millivolt.
    BURST_COUNT, STEP = 9, 0.002

    def __init__(self, surroundings, pin=35, mv=2000, swing_mv=800):
        self.pin = pin
        self.series = 0
        self._surroundings = surroundings
        self._mv, self._swing_mv = mv, swing_mv

    def read_uv(self, now_us):
        """Return the voltage at the pin in microvolts."""
        mv = round(self._mv + self._swing_mv * sin(2 * pi * now_us / _PERIOD_US))
        self._surroundings.measured(now_us, self.name, self.series, analog_mv=mv)
        return mv * 1000
