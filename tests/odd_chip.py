"""Third-party drivers for tests: a bus's answers, in the forms in which drivers return values."""


class Chip:
    """Returns `i2c.values`; exceptions among them are raised."""

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
    """Cannot be created."""

    def __init__(self, i2c):
        raise RuntimeError("not a chip of mine")
