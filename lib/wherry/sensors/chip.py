"""The chip's own temperature, which is above that of the air around the board."""

OPTIONS = {}
CHANNELS = (("chip_temperature", "°C", 0),)


class Sensor:
    """The sensor within the chip."""

    def __init__(self, options: dict, board):
        self._celsius = board.chip_celsius

    def start(self, anew: bool) -> int:
        """Return 0, the milliseconds until `read`."""
        return 0

    def read(self) -> list:
        """Return [(0, degrees)]."""
        return [(0, self._celsius())]
