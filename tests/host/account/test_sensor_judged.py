"""The judge's samples of the chips described by tables: each is read, or excused by its fault."""

import random

import pytest
from support.sensors.sensor_wires import SensorWires, kinds
from wherry_host.account.board_log import BoardLog
from wherry_host.account.samples import Devices

MEASURED_COUNT = 150
FAULTS = "absent", "nak", "timeout", "stuck"
DERIVED = {"si7021", "sht4x"}


@pytest.fixture
def wires(tmp_path, request):
    return SensorWires(tmp_path, request.param)


def fail_sometimes(wires, chance):
    """Make one of a few transfers meet a fault, which lasts until the next one."""

    def before(number):
        wires.fault = chance.choice(FAULTS) if chance.random() < 0.1 else None

    wires.before = before


def judged(wires):
    """Return the Devices of all measurements so far, with a dew point of two kinds."""
    channels = [list(each) for each in wires.driver.CHANNELS]
    section = {"driver": wires.kind, "channels": channels}
    if wires.kind in DERIVED:
        channels.append(["dew_point", "°C", 2])
        section["derive"] = None, [["dew_point", 2, [[0, 2], [1, 2]]]]
    typed = {"node": {"sample_every_ms": 1000}, "sensor": [section]}
    return Devices(typed, wires.log("truth"), wires.log("accesses"), BoardLog([]))


@pytest.mark.parametrize("wires", kinds(), indirect=True)
def test_each_sample_is_read_or_excused(wires):
    seed = random.getrandbits(20)
    print(MEASURED_COUNT, "measurements, seed", seed)
    fail_sometimes(wires, random.Random(seed))
    spans, anew = [], True
    for _ in range(MEASURED_COUNT):
        begin_us = wires.now
        found = wires.measured(anew)
        pairs = found if type(found) is list else []
        values = {index: value for index, value in pairs if type(value) is int}
        spans.append((begin_us, wires.now, values))
        anew = len(values) < len(wires.driver.CHANNELS)
    check_excuses(judged(wires), spans, wires.driver.CHANNELS, seed)


def check_excuses(devices, spans, channels, seed):
    """Check that a sample is excused if and only if the driver did not return it."""
    names = [name for name, *_ in channels]
    excused_count = 0
    for sample in devices.samples:
        values = next(values for begin, end, values in spans if begin < sample.time_us <= end)
        if sample.channel in names:
            index = names.index(sample.channel)
            value = values.get(index)
            is_given = value is not None and sample.allows(value / 10 ** channels[index][2])
        else:
            is_given = len(values) == len(names)
        assert is_given != devices.is_struck(sample), (seed, sample, values)
        excused_count += not is_given
    assert 0 < excused_count < len(devices.samples), seed


@pytest.mark.parametrize("wires", kinds(), indirect=True)
def test_a_measurement_has_one_time(wires):
    for anew in (True, False, False):
        assert type(wires.measured(anew)) is list
    devices = judged(wires)
    times_us = devices.times_us(wires.kind)
    assert len(times_us) == 3
    assert {sample.time_us for sample in devices.samples} == set(times_us)
