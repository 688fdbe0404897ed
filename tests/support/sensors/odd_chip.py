"""Third-party drivers for tests: they return a bus's values in the ways that real drivers do."""


class Chip:
    """A chip that returns the values in `i2c.values`, and raises those that are exceptions."""

    def __init__(self, i2c, address=0x40, gain=1):
        self.i2c = i2c
        self.address = address
        self.gain = gain
        self.begun = 0

    @property
    def temperature(self):
        return self.value("temperature")

    def humidity(self):
        return self.value("humidity")

    def value(self, name, factor=1):
        found = self.i2c.values[name]
        if isinstance(found, Exception):
            raise found
        return found if factor == 1 else found * factor

    def all(self):
        self.i2c.asked += 1
        return self.value("temperature"), self.value("humidity")

    def begin(self):
        self.begun += 1

    def first(self):
        return "temperature"


class Broken:
    """A chip whose driver cannot be created."""

    def __init__(self, i2c):
        raise RuntimeError("not a chip of mine")
