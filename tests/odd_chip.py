"""Third-party drivers for tests: what a bus answers, in the ways in which drivers give values."""


class Chip:
    """Answers with `i2c.values`; what is an exception is raised."""

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
    """Cannot be made."""

    def __init__(self, i2c):
        raise RuntimeError("not a chip of mine")
