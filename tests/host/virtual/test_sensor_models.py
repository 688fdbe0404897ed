"""Each driver whose chip is described by tables: its whole range, and all kinds of trouble.

The recorded transfers are replayed to the same drivers on MicroPython.
"""

import random

import pytest
from support.boards.firmware_run import found_by
from support.sensors.chip_wires import CRC_OF, START_US, crc_places
from support.sensors.ranges import RANGES
from support.sensors.sensor_wires import SensorWires, kinds, replay_program
from wherry.sampling.sampler import Sampler
from wherry.sensors import bme280

KINDS = kinds()
SWEEP_COUNT = 48
SAMPLE_COUNT, SAMPLE_US = 360, 10_000_000
FAILING_SHARE = 0.2
REFUSALS = "absent", "nak", "timeout"


@pytest.fixture
def wires(tmp_path, request):
    return SensorWires(tmp_path, request.param)


over_all = pytest.mark.parametrize("wires", KINDS, indirect=True)


def check_right(wires, found):
    """Check each value of a measurement."""
    for index, value in found if type(found) is list else ():
        if type(value) is int:
            unit = 10 ** -wires.driver.CHANNELS[index][2]
            error = abs(value * unit - wires.truth()[index])
            assert error <= unit / 2 + wires.steps[index] / 2 + 1e-9, (found, wires.truth())


def check_whole(wires, found):
    """Check that a measurement has a right value for each channel."""
    assert [index for index, _ in found] == list(range(len(wires.driver.CHANNELS))), found
    assert all(type(value) is int for _, value in found), found
    check_right(wires, found)


def reasons(found):
    """Return the reasons of a measurement."""
    return [found] if type(found) is str else [each for _, each in found if type(each) is str]


def sweep(wires):
    """Yield the measurements from the lowest to the highest value of all channels."""
    for i in range(SWEEP_COUNT):
        share = i / (SWEEP_COUNT - 1)
        # At the limit itself, the nearest code may represent a value outside the range.
        spans = [
            (low + step, high - step)
            for (low, high), step in zip(RANGES[wires.kind], wires.steps, strict=True)
        ]
        wires.set_quantities([low + share * (high - low) for low, high in spans])
        yield wires.measured(i % 8 == 0)


def troubled(wires, anew, trouble):
    """Return the result of a disturbed measurement; the next one must be complete.

    `trouble(wires)` is called before it. The chip is new (`anew`) or was measured once.
    """
    wires.renew()
    if not anew:
        check_whole(wires, wires.measured(True))
    trouble(wires)
    found = wires.measured(anew)
    wires.heal()
    check_right(wires, found)
    check_whole(wires, wires.measured(True))
    return found


def transfers(wires, anew):
    """Return the transfers of an undisturbed measurement."""
    troubled(wires, anew, lambda _: None)
    return wires.lives[-1][0 if anew else 1][1]


def refuse(number):
    """Return a `trouble` that refuses the transfer of a number."""

    def before(wires, now):
        wires.fault = "nak" if now == number else None

    def trouble(wires):
        wires.before = lambda now: before(wires, now)

    return trouble


def flip(number, place):
    """Return a `trouble` that flips one bit of a transfer's answer."""

    def trouble(wires):
        def after(answer):
            if len(wires.transfers) != number:
                return answer
            return answer[:place] + bytes((answer[place] ^ 0x10,)) + answer[place + 1 :]

        wires.after = after

    return trouble


def refusals(wires):
    """Yield measurements; in each one, another transfer is refused."""
    for anew in (True, False):
        for number in range(len(transfers(wires, anew))):
            yield troubled(wires, anew, refuse(number))


def wrong_crcs(wires):
    """Yield measurements; in each one, another CRC is wrong."""
    for anew in (True, False):
        for number, (_, count, _) in enumerate(transfers(wires, anew)):
            for place in crc_places(wires.kind, count):
                yield troubled(wires, anew, flip(number, place))


@over_all
def test_the_values_are_the_truth_over_the_whole_range(wires):
    for found in sweep(wires):
        check_whole(wires, found)


@over_all
def test_a_refusal_at_any_transfer_is_a_failure(wires):
    for found in refusals(wires):
        assert [each for each in reasons(found) if "no answer" in each], found


@over_all
def test_a_wrong_crc_withholds_its_value(wires):
    found = list(wrong_crcs(wires))
    assert bool(found) == (wires.kind in CRC_OF)
    for each in found:
        assert len(reasons(each)) == 1 and "wrong CRC" in reasons(each)[0], each


@over_all
def test_a_missing_chip_does_not_answer(wires):
    wires.fault = "absent"
    assert wires.measured(True) == "no answer"
    wires.fault = None
    check_whole(wires, wires.measured(True))


@over_all
def test_a_stuck_chip_gives_no_value(wires):
    check_whole(wires, wires.measured(True))
    wires.fault = "stuck"
    for anew in (False, True, True):
        found = wires.measured(anew)
        assert type(found) is str and found in ("no answer", "not ready"), found
    wires.fault = None
    # A chip that was reset may need one more start.
    wires.measured(True)
    check_whole(wires, wires.measured(True))


@over_all
def test_of_two_sensors_only_one_fails_for_an_hour(tmp_path, wires):
    folder = tmp_path / "both"
    folder.mkdir()
    wires = SensorWires(folder, wires.kind, "bme280")
    healthy = bme280.Sensor({"bus": "i2c0", "address": 0x76}, wires)
    count, lines, failed = len(wires.driver.CHANNELS), [], 0
    sensors = [(wires.kind, wires.sensor, count), ("bme280", healthy, 3)]
    sampler = Sampler(sensors, lines.append)
    seed = random.getrandbits(30)
    print(SAMPLE_COUNT, "samples, seed", seed)
    chance = random.Random(seed)
    for i in range(SAMPLE_COUNT):
        wires.now = START_US + i * SAMPLE_US
        wires.fault = chance.choice(REFUSALS) if chance.random() < FAILING_SHARE else None
        failed += bool(wires.fault)
        sampler.sample(wires.ticks, wires.wait)
        ((mask, values),) = sampler.rows
        own = 0 if wires.fault else (1 << count) - 1
        assert mask == own | 7 << count
        check_right(wires, enumerate(values[:-3]))
    assert 0 < failed == sampler.errors
    assert lines and all(line.startswith(f"sensor 1 ({wires.kind}): ") for line in lines)


@over_all
def test_micropython_finds_the_same_values_and_reasons(wires):
    given, expected = [], []
    for found in (sweep, refusals, wrong_crcs):
        list(found(wires))
    for life in wires.lives:
        given.append((wires.kind, wires.options, [(anew, sent) for anew, sent, _ in life]))
        expected += [found for *_, found in life]
    assert len(expected) > SWEEP_COUNT
    assert found_by(replay_program(), given) == (expected, [])
