"""The chip's own temperature: the air temperature plus the chip's own heat."""

_HEAT_C = 18


def celsius(surroundings, now_us):
    """Return the temperature of a chip in whole °C."""
    return round(surroundings.quantity("temperature", now_us)) + _HEAT_C


class Model:
    """A temperature in whole degrees, as the chip's function returns it."""

    name = "chip"
    CHANNELS = (("chip_temperature", 1),)

    def __init__(self, surroundings):
        self._surroundings = surroundings

    def read_celsius(self, now_us):
        """Return the temperature in °C."""
        found = celsius(self._surroundings, now_us)
        self._surroundings.measured(now_us, self.name, chip_temperature=found)
        return found
