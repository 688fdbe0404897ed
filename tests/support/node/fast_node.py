"""A node with an LIS3DH at 10 Hz on a virtual clock: every sample is checked as it arrives.

`micropython -X heapsize=64m tests/support/node/fast_node.py HOURS OUTAGE_MIN [SEED]` prints the
results as JSON. The chip's side is simulated, the LIS3DH by its registers; node, queue and uplink
are the real ones, on real littlefs. An exchange takes `ROUND_TRIP_MS` plus the time of the body at
`BYTES_PER_MS`. Nothing accumulates: a ring has the true samples until the server has seen them.
"""

import json
import random
import struct
import sys

if __name__ == "__main__":
    _PARTS = __file__.rsplit("/", 4)
    _ROOT = _PARTS[0] if len(_PARTS) == 5 else "."
    sys.path[:0] = [_ROOT + "/tests", _ROOT + "/lib"]

from support.node.chip import ENV, SETTINGS, TRUE_AT_START, Chip, Sensor
from support.uplinks.harbor_server import respond
from wherry import delivery
from wherry.sensors import lis3dh

# This is the virtual board's own model. Its package needs CPython, so only the module is imported.
_MODELS = __file__.rsplit("/", 1)[0] + "/../../../tools/wherry_host/virtual/devices"
sys.path.append(_MODELS)
from lis3dh import Model  # noqa: E402

sys.path.remove(_MODELS)

ROUND_TRIP_MS = 250
BYTES_PER_MS = 200
STEP_MS = 50
# The rate of the node's clock is learned in hours, that of the sensor in hundreds of samples.
SETTLED_COUNT = 216_000
# Half a period at 10 Hz, and the error of a 5 ppm clock before its drift is learned.
STAMP_ERROR_MS_MAX = 75
DAY_MS = 86_400_000
# Some answers are lost: the server recognizes the newest readings if they come again.
RECENT_COUNT = 1000
NAMES = tuple([channel[0] for channel in lis3dh.CHANNELS])
_FORM = "<qhhh"


class Truth:
    """The model's log of samples, in a ring of the newest `count_max`."""

    def __init__(self, count_max):
        self._size = struct.calcsize(_FORM)
        self._ring = bytearray(self._size * count_max)
        self.count_max = count_max
        self.count = 0

    def measured(self, now_us, device, x, y, z):
        axes = [round(value * 1000) for value in (x, y, z)]
        at = self.count % self.count_max * self._size
        struct.pack_into(_FORM, self._ring, at, now_us, *axes)
        self.count += 1

    def read(self, now_us, device, taken_us):
        """Record nothing: the server's rows show which samples were read."""

    def sample(self, i):
        """Return (us, x, y, z) of the i-th sample."""
        assert self.count - self.count_max <= i < self.count, (i, self.count)
        return struct.unpack_from(_FORM, self._ring, i % self.count_max * self._size)


class CheckingServer:
    """Takes batches and checks that each axis's samples arrive in order, complete, and only once.

    `lost` is the number of answers still to be lost. `next_sample` has the number of each axis's
    next sample. `worst_ms` is the largest error of all stamps, and `slow_late_ms` that of the slow
    sensor's stamps; `slow_log` is the slow sensor's log of true ms. With `may_skip`, samples may
    be missing, and the stamp identifies the sample.
    """

    may_skip = False

    def __init__(self, truth):
        self.truth = truth
        self.next_sample = dict.fromkeys(NAMES, 0)
        self.newest = {}
        self.recent = {}
        self.older = {}
        self.copies = self.slow_rows = self.readings = self.requests = self.lost = 0
        self.worst_ms = self.settled_worst_ms = self.slow_late_ms = 0
        self.slow_log = []

    def exchange(self, request):
        """Take a request as the link does; return the answer or raise OSError."""
        text = b"".join([bytes(piece) for piece in request.body])
        assert len(text) == request.body_size, (len(text), request.body_size)
        self.requests += 1
        found = json.loads(text)
        # A single reading is sent without an array.
        items = found if type(found) is list else [found]
        for item in items:
            self._take(item["cargo_id"], item["time"], item["value"])
        if len(self.recent) > RECENT_COUNT:
            self.older, self.recent = self.recent, {}
        if self.lost:
            self.lost -= 1
            raise OSError("the answer was lost")
        return respond(202, {"count": len(items), "status": "Data received and queued"})

    def _take(self, name, time, value):
        if value in (self.older.get((name, time)), self.recent.get((name, time))):
            self.copies += 1
            return
        self.recent[name, time] = value
        self.readings += 1
        # Stamps are compared as text: their order is the order of their times.
        assert time > self.newest.get(name, ""), (name, time, self.newest.get(name))
        self.newest[name] = time
        if name in self.next_sample:
            self._check_sample(name, time, value)
        elif name == "temperature":
            self.slow_rows += 1
            number = round(value * 100)
            assert number == self.slow_rows or self.may_skip, (time, value, self.slow_rows)
            if self.slow_log:
                taken_us = self.slow_log[number - 1] % DAY_MS * 1000
                self.slow_late_ms = max(self.slow_late_ms, abs(late_us(time, taken_us)) // 1000)

    def _check_sample(self, name, time, value):
        i = self.next_sample[name]
        while self.may_skip and late_us(time, self.truth.sample(i)[0]) > STAMP_ERROR_MS_MAX * 1000:
            i += 1
        self.next_sample[name] = i + 1
        sample = self.truth.sample(i)
        mg = sample[1 + NAMES.index(name)]
        assert round(value * 1000) == mg, (name, i, time, value, mg)
        self.check_time(time, sample[0])

    def check_time(self, time, taken_us):
        """Compare a stamp with the time of its sample."""
        error_ms = abs(late_us(time, taken_us)) // 1000
        assert error_ms <= STAMP_ERROR_MS_MAX, (time, taken_us)
        self.worst_ms = max(self.worst_ms, error_ms)
        if self.next_sample[NAMES[0]] > SETTLED_COUNT:
            self.settled_worst_ms = max(self.settled_worst_ms, error_ms)


def day_ms(time):
    """Return the milliseconds since midnight of a stamp given as text."""
    hour, minute, second = int(time[11:13]), int(time[14:16]), int(time[17:19])
    return ((hour * 60 + minute) * 60 + second) * 1000 + int(time[20:23])


def late_us(time, taken_us):
    """Return by how many us the stamp `time` is later than the true moment `taken_us`."""
    half_us = DAY_MS * 500
    return (day_ms(time) * 1000 - taken_us + half_us) % (2 * half_us) - half_us


class FastChip(Chip):
    """A chip with an LIS3DH and a slow sensor; its RTC is wrong by `drift_ppm`."""

    channels = tuple(lis3dh.CHANNELS) + ENV

    def __init__(self, rate_hz=10, outage_min=60, drift_ppm=0, stage_age_ms=0, **model):
        settings = {name: dict(section) for name, section in SETTINGS.items()}
        settings["node"]["send_every_ms"] = 10_000
        settings["node"]["stage_age_max_ms"] = stage_age_ms
        super().__init__(settings)
        self.options = {"bus": "i2c0", "address": 0x18, "rate_hz": rate_hz, "range_g": 2}
        # Samples for the outage and for a node's longest wait after it, with some margin.
        self.truth = Truth((outage_min + 30) * 60 * rate_hz * 9 // 8)
        self.model = Model(self.truth, **model)
        self.server = CheckingServer(self.truth)
        self.server.slow_log = self.log
        self.drift_ppm = drift_ppm
        self.reported = 0
        self.bus_fails = 0

    def sensors(self):
        return [("lis3dh", lis3dh.Sensor(self.options, self), 3), ("env", Sensor(self), 2)]

    # Ports

    def light(self, on):
        self.is_lit = on

    def say(self, text):
        self.reported += 1
        self.lines = self.lines[-99:] + [text]

    def rtc_ms(self):
        passed = self.true_ms - TRUE_AT_START
        return self.true_ms - self.rtc_offset + passed * self.drift_ppm // 1_000_000

    def i2c(self, name):
        assert name == "i2c0"
        return self

    def readfrom_mem(self, address, register, size):
        self._transfer()
        self.model.write(bytes((register,)), self.true_ms * 1000)
        return self.model.read(size, self.true_ms * 1000)

    def writeto_mem(self, address, register, octets):
        self._transfer()
        self.model.write(bytes((register,)) + octets, self.true_ms * 1000)

    def _transfer(self):
        # A transfer at 100 kHz takes about as long.
        self.pass_ms(1)
        if self.bus_fails:
            self.bus_fails -= 1
            raise OSError(19)

    # Link

    def exchange(self, request, deadline_ms, ca):
        wait_ms = ROUND_TRIP_MS + request.body_size // BYTES_PER_MS
        self._wait(wait_ms // 2)
        if not self.online:
            raise OSError("no answer")
        answer = self.server.exchange(request)
        self._wait(wait_ms - wait_ms // 2)
        return answer

    def _wait(self, ms):
        while ms > 0:
            self.pass_ms(min(ms, STEP_MS))
            self.idle()
            ms -= STEP_MS

    def finish(self, node):
        """Read what is in the FIFO, and send until nothing waits."""
        for _ in range(100):
            node.sampler.fifos.due = node.sampler.fifos._fifos[0][2].due = 0
            node.sample_if_due()
            delivery.send(node)
            if not node.uploads[0].waiting() and not self.model._fifo:
                return
        raise AssertionError("%d readings still wait" % node.uploads[0].waiting())


def drained(chip, node, limit):
    """Run turns until at most `limit` readings wait; return the ms and readings it took."""
    upload = node.uploads[0]
    while not chip.server.readings or upload.waiting() > limit:
        begin_ms, before = chip.true_ms, chip.server.readings
        chip.go_on(node, 1000)
        if chip.server.readings > before:
            break
    while upload.waiting() > limit:
        chip.go_on(node, 1000)
    return chip.true_ms - begin_ms, chip.server.readings - before


def run(hours, outage_min, seed=1, rate_hz=10):
    """Run a node with an outage in the middle; return the figures if all checks passed."""
    random.seed(seed)
    chip = FastChip(rate_hz, outage_min, drift_ppm=5, rate_ppm=30_000, wander_ppm=4000, seed=seed)
    node = chip.boot()
    half_ms = int((hours * 60 - outage_min) * 30_000)
    chip.go_on(node, half_ms)
    limit = 2 * node.uploads[0].waiting() + 600
    chip.online = False
    chip.go_on(node, outage_min * 60_000)
    chip.online = True
    waited = node.uploads[0].waiting()
    taken, begin_ms = chip.truth.count, chip.true_ms
    drain_ms, drain_readings = drained(chip, node, limit)
    inflow = len(NAMES) * (chip.truth.count - taken) / (chip.true_ms - begin_ms)
    ratio = drain_readings / drain_ms / inflow
    chip.server.lost = 2
    chip.go_on(node, begin_ms + half_ms - chip.true_ms)
    chip.finish(node)
    server = chip.server
    ledger = node.uploads[0].ledger
    assert set(server.next_sample.values()) == {chip.truth.count}, (
        server.next_sample,
        chip.truth.count,
    )
    assert server.slow_rows == len(chip.log), (server.slow_rows, len(chip.log))
    assert node.stage.state.sensor_errors == 0 and ledger.settled() == ledger.delivered
    return {
        "samples": chip.truth.count, "readings": server.readings,
        "lost": chip.truth.count - min(server.next_sample.values()),
        "copies": server.copies, "waited": waited, "drain_s": drain_ms / 1000,
        "drain_ratio": ratio, "worst_stamp_error_ms": server.worst_ms,
        "settled_stamp_error_ms": server.settled_worst_ms, "requests": server.requests,
    }  # fmt: skip


if __name__ == "__main__":
    hours, outage_min = float(sys.argv[1]), int(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    print(json.dumps(run(hours, outage_min, seed)))
