"""A fault excuses only the measurement that it kept from being read.

The drivers read the device models over the virtual board's bus, in simulated time.
"""

import json
import random
import struct

import pytest
from wherry.sampling.fifo import Fifo
from wherry.sensors import bme280, host, lis3dh
from wherry_host.account.board_log import BoardLog
from wherry_host.account.samples import Devices
from wherry_host.virtual import devices
from wherry_host.virtual.bus import Bus
from wherry_host.virtual.surroundings import Surroundings

DRIVERS = {"bme280": bme280, "host": host, "lis3dh": lis3dh}
OPTIONS = {
    "bme280": {"bus": "i2c0", "address": 0x76},
    "host": {"bus": "i2c0", "address": 0x48},
    "lis3dh": {"bus": "i2c0", "address": 0x18, "rate_hz": 10, "range_g": 2},
}
DATA = {"bme280": 0xF7, "host": 4}
REFUSALS = ("absent", "nak", "timeout")
WIRES = 22, 21
MEASURED_COUNT = 300
# For the LIS3DH: a run, its longest fault, and the samples that may still be in its FIFO.
RUN_US, FAULT_US_MAX, DEPTH = 600_000_000, 6_000_000, 32


class Wires:
    """The port of a board with one device; `now` is the time, in true Unix us.

    `faults` is {number of an access, counted from 1: its fault or None}; `fault` applies to the
    other accesses.
    """

    def __init__(self, folder, name, seed=0):
        self.now = 1_795_000_000_000_000
        self.access_count = 0
        self.fault, self.faults = None, {}
        self._folder, self._name = folder, name
        surroundings = Surroundings(folder, 600, seed)
        model = devices.make({"kind": name}, surroundings)
        self._bus = Bus([model], None, None, self, surroundings)
        self.sensor = DRIVERS[name].Sensor(OPTIONS[name], self)

    def i2c(self, _):
        return self

    def now_us(self):
        return self.now

    def ticks(self):
        return self.now // 1000

    def readfrom_mem(self, address, register, size):
        return self._ask(address, size, bytes((register,)))

    def writeto_mem(self, address, register, content):
        self._ask(address, 0, bytes((register,)) + content)

    def _ask(self, address, count, written):
        self.now += 1
        self.access_count += 1
        self._bus.set_fault(self._name, self.faults.get(self.access_count, self.fault))
        request = b"I" + struct.pack("<BBBH", *WIRES, address, count) + written
        answer = self._bus.answer(request)
        (status,) = struct.unpack_from("<h", answer, 2)
        if status:
            raise OSError(status)
        return answer[4:]

    def start(self):
        """Begin a measurement and let it end."""
        self.now += 1000 * self.sensor.start(True)

    def read_then_start(self):
        """Read one measurement, and begin the next one a second later."""
        self.start()
        assert self.sensor.read()
        self.now += 1_000_000
        self.start()

    def judged(self):
        """Return [(sample, True if a fault excuses it)] of all measurements so far."""
        channels = [[name, unit, digits] for name, unit, digits in DRIVERS[self._name].CHANNELS]
        sections = [{"driver": self._name, "channels": channels}]
        typed = {"node": {"sample_every_ms": 1000}, "sensor": sections}
        found = Devices(typed, self._log("truth"), self._log("accesses"), BoardLog([]))
        return [(sample, found.is_struck(sample)) for sample in found.samples]

    def excused(self):
        """Return for each measurement, in order, True if a fault excuses it."""
        found = {sample.time_us: is_excused for sample, is_excused in self.judged()}
        return [found[time_us] for time_us in sorted(found)]

    def _log(self, name):
        return [json.loads(line) for line in (self._folder / f"{name}.jsonl").open()]


@pytest.mark.parametrize("name", ["bme280", "host"])
@pytest.mark.parametrize("fault", REFUSALS)
def test_a_fault_at_the_next_start_excuses_nothing(tmp_path, name, fault):
    wires = Wires(tmp_path, name)
    # The second one is not requested.
    wires.read_then_start()
    wires.now += 1_000_000
    wires.fault = fault
    with pytest.raises(OSError):
        wires.start()
    assert wires.excused() == [False, False]


@pytest.mark.parametrize("name", ["bme280", "host"])
@pytest.mark.parametrize("fault", [*REFUSALS, "stuck"])
def test_a_fault_at_the_read_excuses_its_own_measurement(tmp_path, name, fault):
    wires = Wires(tmp_path, name)
    wires.read_then_start()
    wires.fault = fault
    with pytest.raises(OSError):
        wires.sensor.read()
    wires.fault = None
    assert wires.excused() == [False, True]
    # A program that asks again gets the measurement, which is then read.
    for register in (0xF3, DATA[name]):
        assert wires.readfrom_mem(OPTIONS[name]["address"], register, 8)
    assert wires.excused() == [False, False]


@pytest.mark.parametrize("name", ["bme280", "host"])
def test_a_garbage_reading_is_excused(tmp_path, name):
    wires = Wires(tmp_path, name)
    for wires.fault in ("bad", None):
        wires.faults = dict.fromkeys(range(1, wires.access_count + 9)) if wires.fault else {}
        wires.start()
        wires.faults = {}
        assert len(wires.readfrom_mem(OPTIONS[name]["address"], DATA[name], 8)) == 8
        wires.now += 1_000_000
    assert wires.excused() == [True, False]


@pytest.mark.parametrize("name", ["bme280", "host"])
def test_each_measurement_is_read_or_excused(tmp_path, name):
    seed = random.getrandbits(20)
    print("seed", seed)
    chance = random.Random(seed)
    wires = Wires(tmp_path, name, seed)
    read = {}
    for _ in range(MEASURED_COUNT):
        begin_us = wires.now
        wires.now += 1_000_000
        fault = chance.choice((*REFUSALS, "stuck", "bad"))
        at = wires.access_count + chance.randint(1, 8)
        wires.faults = {} if fault == "bad" else {at: fault}
        values = []
        try:
            wires.start()
            if fault == "bad":
                # Garbage in the chip's calibration would corrupt all readings.
                wires.faults = {wires.access_count + chance.randint(1, 2): fault}
            values = wires.sensor.read()
        except OSError:
            pass
        read[begin_us, wires.now] = dict(values)
    names = [name for name, _, _ in DRIVERS[name].CHANNELS]
    scales = {channel: 10**digits for channel, _, digits in DRIVERS[name].CHANNELS}
    excused_count = 0
    for sample, is_excused in wires.judged():
        span = next(span for span in read if span[0] < sample.time_us <= span[1])
        value = read[span].get(names.index(sample.channel))
        is_right = value is not None and sample.allows(value / scales[sample.channel])
        assert is_right != is_excused, (seed, sample, value)
        excused_count += is_excused
    assert 0 < excused_count < 3 * MEASURED_COUNT, seed


def test_each_sample_of_a_fifo_is_read_or_excused(tmp_path):
    seed = random.getrandbits(20)
    print("seed", seed)
    chance = random.Random(seed)
    wires = Wires(tmp_path, "lis3dh", seed)
    fifo = Fifo(wires.sensor)
    end_us, healed_us = wires.now + RUN_US, wires.now
    while wires.now < end_us:
        wires.now = max(wires.now, 1000 * fifo.due)
        if wires.now > healed_us + chance.randint(0, 20_000_000):
            wires.fault = chance.choice((*REFUSALS, "stuck", "bad"))
            healed_us = wires.now + chance.randint(0, FAULT_US_MAX)
        elif wires.now > healed_us:
            wires.fault = None
        try:
            fifo.samples(wires.ticks)
        except OSError:
            pass
    judged = wires.judged()
    left_us = judged[-1][0].time_us - DEPTH * 110_000
    unread = [each for each, is_excused in judged if not each.is_read and not is_excused]
    assert all(each.time_us > left_us for each in unread), (seed, unread[0])
    assert not any(each.is_read for each, is_excused in judged if is_excused), seed
    assert any(is_excused for _, is_excused in judged) and len(judged) > 5000, seed


def test_samples_that_overrun_the_fifo_are_not_excused(tmp_path):
    wires = Wires(tmp_path, "lis3dh")
    fifo = Fifo(wires.sensor)
    fifo.samples(wires.ticks)
    wires.now += 2_000_000
    wires.fault = "nak"
    with pytest.raises(OSError):
        fifo.samples(wires.ticks)
    wires.fault = None
    # All samples are read now, and then none for ten seconds.
    wires.now += 500_000
    assert fifo.samples(wires.ticks)
    wires.now += 10_000_000
    fifo.samples(wires.ticks)
    judged = wires.judged()
    assert sum(not sample.is_read for sample, _ in judged) > 3 * 60
    assert not any(is_excused for _, is_excused in judged)
