"""An HC-SR04 on two pins (Elecfreaks HC-SR04 user guide) in front of a slowly moving wall."""

from math import pi, sin

_PERIOD_US = 600_000_000
# The time from the trigger to the rise of the echo: eight periods of 40 kHz plus the module's own
# delay.
_DELAY_US = 450
# The speed of sound at 20 °C, the model's air temperature; a driver has an option for it.
_CM_PER_US = 34_342 / 2_000_000


class Model:
    """The distance swings by `swing_cm` around `cm`, with a period of ten minutes."""

    name = "hcsr04"
    FROZEN = ("_edges",)
    CHANNELS = (("distance", 1),)

    def __init__(self, surroundings, trigger=18, echo=19, cm=150, swing_cm=100):
        self.trigger, self.echo = trigger, echo
        self.stuck = False
        self._surroundings = surroundings
        self._cm, self._swing_cm = cm, swing_cm

    def echo_us(self, now_us):
        """Return (us until the echo pin rises, us that it is high) after a trigger at `now_us`."""
        cm = self._cm + self._swing_cm * sin(2 * pi * now_us / _PERIOD_US)
        high_us = round(cm / _CM_PER_US)
        self._surroundings.measured(now_us, self.name, distance=high_us * _CM_PER_US)
        return _DELAY_US, high_us

    def missed(self, now_us):
        """Log that a fault has kept a program from the echo of `now_us`."""
        self._surroundings.unread(now_us, self.name, now_us)
