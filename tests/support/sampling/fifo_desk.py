"""A FIFO with its sensor on a virtual clock."""

from support.node.fast_node import Model, Truth
from wherry.sensors import lis3dh


class Desk:
    """A driver and the model of its chip on one bus, with a clock in us."""

    def __init__(self, rate_hz=10, range_g=2, **model):
        self.now_us = 1_000_000_000
        self.truth = Truth(100_000)
        self.model = Model(self.truth, **model)
        self.failing = 0
        options = {"bus": "i2c0", "address": 0x18, "rate_hz": rate_hz, "range_g": range_g}
        self.sensor = lis3dh.Sensor(options, self)

    def i2c(self, name):
        return self

    def readfrom_mem(self, address, register, size):
        self.fail()
        self.model.write(bytes((register,)), self.now_us)
        return self.model.read(size, self.now_us)

    def writeto_mem(self, address, register, octets):
        self.fail()
        self.model.write(bytes((register,)) + octets, self.now_us)

    def fail(self):
        if self.failing:
            self.failing -= 1
            raise OSError(19)

    def ticks(self):
        return self.now_us // 1000

    def fifo(self, count):
        """Return the driver's reading of a FIFO with `count` samples."""
        while self.sensor.waiting() < count:
            self.now_us += 1000
        return self.sensor.read()
