"""A fault excuses only the measurement that it kept from being read.

The drivers read the device models over the virtual board's bus, in simulated time.
"""

import random

import pytest
from support.sensors.sensor_wires import SensorWires, kinds
from wherry.sampling.fifo import Fifo
from wherry_host.account.board_log import BoardLog
from wherry_host.account.samples import Devices

FIFO_OPTIONS = {"rate_hz": 10, "range_g": 2}
DATA = {"bme280": 0xF7, "host": 4}
DERIVED = {"si7021", "sht4x"}
REFUSALS = ("absent", "nak", "timeout")
MEASURED_COUNT = 150
# For the LIS3DH: a run, its longest fault, and the samples that may still be in its FIFO.
RUN_US, FAULT_US_MAX, DEPTH = 600_000_000, 6_000_000, 32


class Wires(SensorWires):
    """One device; `faults` is {number of an access, counted from 1: its fault or None}.

    `lasting` is the fault of the other accesses.
    """

    def __init__(self, folder, kind):
        self.access_count = 0
        self.lasting, self.faults = None, {}
        super().__init__(folder, kind)

    def renew(self):
        self.options |= FIFO_OPTIONS if self.kind == "lis3dh" else {}
        super().renew()

    def _ask(self, *request):
        self.now += 1
        self.access_count += 1
        self.fault = self.faults.get(self.access_count, self.lasting)
        return super()._ask(*request)

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
        """Return [(sample, True if a fault excuses it)] of all measurements so far.

        Two kinds have a dew point.
        """
        channels = [list(each) for each in self.driver.CHANNELS]
        section = {"driver": self.kind, "channels": channels}
        if self.kind in DERIVED:
            channels.append(["dew_point", "°C", 2])
            section["derive"] = None, [["dew_point", 2, [[0, 2], [1, 2]]]]
        typed = {"node": {"sample_every_ms": 1000}, "sensor": [section]}
        found = Devices(typed, self.log("truth"), self.log("accesses"), BoardLog([]))
        return [(sample, found.is_struck(sample)) for sample in found.samples]

    def excused(self):
        """Return for each measurement, in order, True if a fault excuses it."""
        found = {sample.time_us: is_excused for sample, is_excused in self.judged()}
        return [found[time_us] for time_us in sorted(found)]


@pytest.mark.parametrize("name", ["bme280", "host"])
@pytest.mark.parametrize("fault", REFUSALS)
def test_a_fault_at_the_next_start_excuses_nothing(tmp_path, name, fault):
    wires = Wires(tmp_path, name)
    # The second one is not requested.
    wires.read_then_start()
    wires.now += 1_000_000
    wires.lasting = fault
    with pytest.raises(OSError):
        wires.start()
    assert wires.excused() == [False, False]


@pytest.mark.parametrize("name", ["bme280", "host"])
@pytest.mark.parametrize("fault", [*REFUSALS, "stuck"])
def test_a_fault_at_the_read_excuses_its_own_measurement(tmp_path, name, fault):
    wires = Wires(tmp_path, name)
    wires.read_then_start()
    wires.lasting = fault
    with pytest.raises(OSError):
        wires.sensor.read()
    wires.lasting = None
    assert wires.excused() == [False, True]
    # A program that asks again gets the measurement, which is then read.
    for register in (0xF3, DATA[name]):
        assert wires.readfrom_mem(wires.address, register, 8)
    assert wires.excused() == [False, False]


@pytest.mark.parametrize("name", ["bme280", "host"])
def test_a_garbage_reading_is_excused(tmp_path, name):
    wires = Wires(tmp_path, name)
    for wires.lasting in ("bad", None):
        wires.faults = dict.fromkeys(range(1, wires.access_count + 9)) if wires.lasting else {}
        wires.start()
        wires.faults = {}
        assert len(wires.readfrom_mem(wires.address, DATA[name], 8)) == 8
        wires.now += 1_000_000
    assert wires.excused() == [True, False]


def test_each_sample_of_a_fifo_is_read_or_excused(tmp_path):
    seed = random.getrandbits(20)
    print("seed", seed)
    chance = random.Random(seed)
    wires = Wires(tmp_path, "lis3dh")
    fifo = Fifo(wires.sensor)
    end_us, healed_us = wires.now + RUN_US, wires.now
    while wires.now < end_us:
        wires.now = max(wires.now, 1000 * fifo.due)
        if wires.now > healed_us + chance.randint(0, 20_000_000):
            wires.lasting = chance.choice((*REFUSALS, "stuck", "bad"))
            healed_us = wires.now + chance.randint(0, FAULT_US_MAX)
        elif wires.now > healed_us:
            wires.lasting = None
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
    wires.lasting = "nak"
    with pytest.raises(OSError):
        fifo.samples(wires.ticks)
    wires.lasting = None
    # All samples are read now, and then none for ten seconds.
    wires.now += 500_000
    assert fifo.samples(wires.ticks)
    wires.now += 10_000_000
    fifo.samples(wires.ticks)
    judged = wires.judged()
    assert sum(not sample.is_read for sample, _ in judged) > 3 * 60
    assert not any(is_excused for _, is_excused in judged)


# The chips that are described by tables


@pytest.mark.parametrize("kind", kinds())
def test_each_sample_is_read_or_excused(tmp_path, kind):
    wires = Wires(tmp_path, kind)
    seed = random.getrandbits(20)
    print(MEASURED_COUNT, "measurements, seed", seed)
    chance = random.Random(seed)
    spans, anew = [], True
    for _ in range(MEASURED_COUNT):
        begin_us = wires.now
        faults = (wires.access_count + i for i in range(1, 20) if chance.random() < 0.1)
        wires.faults = {number: chance.choice((*REFUSALS, "stuck")) for number in faults}
        found = wires.measured(anew)
        pairs = found if type(found) is list else []
        values = {index: value for index, value in pairs if type(value) is int}
        spans.append((begin_us, wires.now, values))
        anew = len(values) < len(wires.driver.CHANNELS)
    names = [name for name, *_ in wires.driver.CHANNELS]
    excused_count, judged = 0, wires.judged()
    for sample, is_excused in judged:
        values = next(values for begin, end, values in spans if begin < sample.time_us <= end)
        if sample.channel in names:
            index = names.index(sample.channel)
            value = values.get(index)
            scale = 10 ** wires.driver.CHANNELS[index][2]
            is_given = value is not None and sample.allows(value / scale)
        else:
            is_given = len(values) == len(names)
        assert is_given != is_excused, (seed, sample, values)
        excused_count += is_excused
    assert 0 < excused_count < len(judged), seed
