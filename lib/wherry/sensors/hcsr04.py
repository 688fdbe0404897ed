"""HC-SR04 and similar sensors: the distance by the echo of an ultrasonic burst, on two pins.

Pulses and times come from the Elecfreaks HC-SR04 user guide: 10 us on the trigger send a burst,
and the echo pin is high while the sound travels. The speed of sound is 331.3 + 0.606 m/s
for each °C (Bohn, Journal of the Audio Engineering Society 36/4, 1988).
"""

from micropython import const

OPTIONS = {"trigger": ("pin", ...), "echo": ("pin", ...), "air_c": ("int", 20, -40, 60)}
CHANNELS = (("distance", "cm", 1),)

# The module measures from 2 to 400 cm; sound takes 26 ms for that at -40 °C.
_MM_MIN = const(20)
_MM_MAX = const(4000)
_TIMEOUT_US = const(27_000)


def decode(us: int, air_c: int) -> list:
    """Return [(0, millimetres or a reason)] from the time to the echo; OSError without one.

    `us` is from machine.time_pulse_us: -1 while the echo pin stays high, -2 while it stays low.
    """
    if us == -2:
        raise OSError("no answer")
    if us < 0:
        raise OSError("no echo")
    # The sound travels there and back; 1e6 us per second.
    mm = (us * (331_300 + 606 * air_c) + 1_000_000) // 2_000_000
    return [(0, mm if _MM_MIN <= mm <= _MM_MAX else "distance: out of range")]


class Sensor:
    """One module."""

    def __init__(self, options: dict, board):
        self._pins = board.pins()
        self._wires = options["trigger"], options["echo"]
        self._air_c = options["air_c"]

    def start(self, anew: bool) -> int:
        """Return 0, the milliseconds until `read`."""
        return 0

    def read(self) -> list:
        """Return [(0, millimetres or a reason)] within 27 ms; raises OSError with the reason.

        The chip measures the length of the pulse by waiting, so nothing else runs then.
        """
        return decode(self._pins.echo_us(*self._wires, _TIMEOUT_US), self._air_c)
