"""A slowly changing voltage on an analog pin, such as a soil moisture probe's."""

from math import pi, sin

_PERIOD_S = 600


class Model:
    """The voltage swings by `swing_mv` around `mv`; a turn takes `period_s`."""

    name = "analog"
    CHANNELS = (("analog_mv", 1 / 1000),)
    # The driver checks once whether the converter is saturated, then samples eight times. Both
    # steps round to a millivolt.
    BURST_COUNT, STEP = 9, 0.002

    def __init__(self, surroundings, pin=35, mv=2000, swing_mv=800, period_s=_PERIOD_S):
        self.pin = pin
        self.series = 0
        self._surroundings = surroundings
        self._mv, self._swing_mv = mv, swing_mv
        self._period_us = period_s * 1_000_000
        # The time of the last conversion, and its result.
        self._last_us, self._last_mv = None, 0

    def read_uv(self, now_us):
        """Return the voltage at the pin in microvolts."""
        # A burst takes no time in a simulated world.
        if self._last_us != now_us:
            self._last_us = now_us
            self._last_mv = round(
                self._mv + self._swing_mv * sin(2 * pi * now_us / self._period_us)
            )
        self._surroundings.measured(now_us, self.name, self.series, analog_mv=self._last_mv)
        return self._last_mv * 1000
