"""Sensors and a sampler on a virtual clock."""

from wherry.sampling.sampler import Sampler

# The time of a bus transfer in ms.
TRANSFER_MS = 2


class Slow:
    """A sensor that is ready some ms after its start; it records its starts and reads."""

    def __init__(self, desk, ready_ms):
        self.desk, self.ready_ms = desk, ready_ms
        self.started = self.read_at = 0

    def start(self, anew):
        self.desk.now += TRANSFER_MS
        self.started = self.desk.now
        return self.ready_ms

    def read(self):
        self.read_at = self.desk.now
        self.desk.now += TRANSFER_MS
        return [(0, self.ready_ms)]


class Desk:
    """A clock in ms, and sensors of one channel each, each ready after its own time in ms."""

    def __init__(self, *ready_ms):
        self.now = 1000
        self.waits = []
        self.sensors = [Slow(self, each) for each in ready_ms]
        self.sampler = Sampler([("slow", sensor, 1) for sensor in self.sensors], print)

    def wait(self, ms):
        self.waits.append(ms)
        self.now += ms

    def sample(self):
        return self.sampler.sample(lambda: self.now, self.wait)
