"""Pulses on a pin: a rain gauge, a flow sensor, the S0 output of a meter.

A pulse is a contact to ground that closes. `pulses` counts the pulses since the previous reading,
and `pulses_total` all since power-on; after 1,073,741,823 it restarts at 0.
"""

from wherry.reading import VALUE_MAX

OPTIONS = {
    "pin": ("pin", ...),
    "debounce": ("duration", 50, 0, 5000),
    "at_once": ("duration", None, 0, 3600000),
}
CHANNELS = (("pulses", "", 0), ("pulses_total", "", 0))


class Sensor:
    """One pin."""

    def __init__(self, options: dict, board):
        keys = "pin", "debounce_ms", "at_once_ms"
        self._counter = board.pins().pulses(*[options[key] for key in keys])
        # `rest` lets the next edge wake the chip; its argument is the RTC time of the next turn in
        # ms.
        self.rest = self._counter.rest
        if options["at_once_ms"] is not None:
            self.follow = self._counter.follow

    def start(self, anew: bool) -> int:
        """Return 0, the milliseconds until `read`."""
        return 0

    def read(self) -> list:
        """Return [(0, new pulses), (1, all)]."""
        total, new = self._counter.take()
        return [(0, new), (1, total & VALUE_MAX)]
