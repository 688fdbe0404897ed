"""A FIFO, look by look."""


class Steps:
    """A fast sensor whose number of samples the test sets, and the node's clock."""

    depth = 8
    settling = 2

    def __init__(self, period_us=100_000):
        self.period_us = period_us
        self.now = 1000
        # The duration of `waiting` in ms, and the most samples that a read returns.
        self.takes = 0
        self.passes = 100
        self.there = self.read_count = self.starts = 0
        self.fails = ()
        self.error = OSError

    def ticks(self):
        return self.now

    def start(self):
        self.starts += 1
        self._step("start")

    def waiting(self):
        self._step("waiting")
        self.now += self.takes
        return self.there

    def read(self):
        self._step("read")
        count = min(self.there, self.passes)
        self.there -= count
        self.read_count += count
        return [[self.read_count - count + i] for i in range(count)]

    def _step(self, name):
        if name in self.fails:
            raise self.error(name)
