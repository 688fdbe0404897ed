"""A contact to ground that stays closed or open: a door, a window, a float switch, a relay.

`closed` is 1 or 0. On a change the node samples immediately, or, within `at_once` of the previous
sample, as soon as that time has passed. `closings` counts the closings since the previous reading.
"""

OPTIONS = {
    "pin": ("pin", ...),
    "debounce": ("duration", 50, 1, 5000),
    "at_once": ("duration", 5000, 0, 3600000),
}
CHANNELS = (("closed", "", 0), ("closings", "", 0))


class Sensor:
    """One pin."""

    def __init__(self, options: dict, board):
        keys = "pin", "debounce_ms", "at_once_ms"
        self._counter = board.pins().pulses(*[options[key] for key in keys], is_level=True)
        # `rest` lets the next edge wake the chip; its argument is the RTC time of the next turn in
        # ms.
        self.rest = self._counter.rest
        self.follow = self._counter.follow

    def start(self, anew: bool) -> int:
        """Return 0, the milliseconds until `read`."""
        return 0

    def read(self) -> list:
        """Return [(0, 1 if closed, else 0), (1, new closings)]."""
        _, new = self._counter.take()
        return [(0, int(self._counter.is_closed())), (1, new)]
