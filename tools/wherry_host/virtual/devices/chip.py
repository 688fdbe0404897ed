"""The chip's own temperature: the air temperature plus the chip's own heat."""

_HEAT_C = 18


class Model:
    """A temperature in whole degrees, as the chip's function returns it."""

    name = "chip"
    CHANNELS = (("chip_temperature", 1),)

    def __init__(self, surroundings):
        self._surroundings = surroundings

    def read_celsius(self, now_us):
        """Return the temperature in °C."""
        celsius = round(self._surroundings.quantity("temperature", now_us)) + _HEAT_C
        self._surroundings.measured(now_us, self.name, chip_temperature=celsius)
        return celsius
