"""The sampler on a virtual clock: sensors start together, and each is read when it is ready."""

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


def test_each_sensor_is_read_as_soon_as_it_is_ready_without_waiting_for_slower_ones():
    desk = Desk(750, 0, 40, 10, 0)
    taken = desk.sample()
    for sensor in desk.sensors:
        late_ms = sensor.read_at - sensor.started - sensor.ready_ms
        # Other sensors may be read at the moment when a sensor becomes ready.
        assert 0 <= late_ms <= 2 * TRANSFER_MS, (sensor.ready_ms, late_ms)
    # The total wait is that of the slowest sensor, and the row has the time of the starts.
    assert desk.now - 1000 <= 750 + 5 * TRANSFER_MS and min(desk.waits) > 0
    assert 1000 <= taken <= 1000 + 7 * TRANSFER_MS
    assert desk.sampler.rows == [(31, [750, 0, 40, 10, 0])] and not desk.sampler.errors


def test_a_sensor_that_is_ready_immediately_is_not_waited_for():
    desk = Desk(0, 0)
    desk.sample()
    assert not desk.waits and desk.now == 1000 + 4 * TRANSFER_MS
