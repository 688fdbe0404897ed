"""The FIFO of a fast sensor, look by look: due times, dates and losses."""

import random

from support.node.check import raises
from support.sampling.fifo_steps import Steps
from wherry.sampling.fifo import Fifo
from wherry.sampling.pace import Pace


def begun(period_us=100_000):
    """Return (sensor, its Fifo) after the sensor has been started."""
    sensor = Steps(period_us)
    fifo = Fifo(sensor)
    assert fifo.due == 0 and fifo.lost == 0 and fifo.last_ms is None
    assert fifo.samples(sensor.ticks) == []
    return sensor, fifo


def looked(sensor, fifo, at, there):
    """Look at the moment `at`, when `there` samples wait in the FIFO; return those found."""
    sensor.now, sensor.there = at, there
    return fifo.samples(sensor.ticks)


def test_the_first_look_is_due_a_period_after_the_start():
    for period_us, due in ((100_000, 1100), (10_000, 1010), (1_000_000, 2000), (10_999, 1010)):
        sensor, fifo = begun(period_us)
        assert (fifo.due, fifo.lost, sensor.starts) == (due, 0, 1), period_us


def test_the_first_look_number_by_number():
    sensor, fifo = begun()
    assert looked(sensor, fifo, 1100, 1) == []
    # The sample's age is between -1 and 112.5 ms, so the next look is due in 44.25 ms.
    assert fifo.due == 1144 and fifo.lost == 0
    sensor, fifo = begun()
    sensor.settling = 0
    # The newest sample was assumed 50 ms old at the start; this sample is 94.25 ms after that one.
    assert looked(sensor, fifo, 1100, 1) == [(1044, [0])]
    # The FIFO is empty, so the next look is due after a sixteenth of a period.
    sensor, fifo = begun()
    assert looked(sensor, fifo, 1100, 0) == []
    assert fifo.due == 1106
    sensor, fifo = begun(1_000_000)
    assert looked(sensor, fifo, 2000, 0) == [] and fifo.due == 2062


def test_every_look_follows_from_the_pace():
    seed = random.getrandbits(30)
    print("30 chips of 60 looks, seed", seed)
    random.seed(seed)
    for chip in range(30):
        period_us = random.choice((10_000, 40_000, 100_000))
        sensor, fifo = begun(period_us)
        pace, at_ms, seen, newest = Pace(period_us), 1000, 0, -1
        for look in range(60):
            # The chip's rate is exact: whole periods pass.
            count = random.randint(0, 7)
            sensor.takes = random.choice((0, 0, period_us // 40_000, period_us // 25_000))
            begin = at_ms + count * period_us // 1000
            sensor.passes = random.choice((100, 100, 100, max(count - 2, 1)))
            newest_us = at_ms * 1000 - pace.age_us()
            middle = begin + sensor.takes // 2
            unread = sensor.there
            read = min(unread + count, sensor.passes)
            found = looked(sensor, fifo, begin, unread + count)
            count += unread
            jitter_us = sensor.takes * 500 + 1000
            assert pace.look((middle - at_ms) * 1000, jitter_us, count, count >= 8) == 0, seed
            at_ms = middle
            # Samples are evenly spaced between the newest earlier sample and now.
            expected = []
            if read:
                each_us = (at_ms * 1000 - pace.age_us() - newest_us) // count
                for i in range(read):
                    age_us = pace.age_us() + (count - 1 - i) * each_us
                    newest = max(at_ms - (age_us + 500) // 1000, newest + 1)
                    seen += 1
                    if seen > 2:
                        expected.append((newest, [seen - 1]))
            if count > read:
                pace.unread(count - read)
            assert found == expected, (seed, chip, look, found, expected)
            wanted = 4 - count + read if seen > 10 else 1
            away_us = max(wanted * pace.period_us - pace.age_us(), pace.period_us // 16)
            assert fifo.due == at_ms + away_us // 1000, (seed, chip, look)
            assert fifo.lost == 0


def test_the_first_ten_samples_have_a_look_each():
    sensor, fifo = begun()
    for i in range(1, 14):
        looked(sensor, fifo, 1000 + 100 * i, 1)
        # After that, a look is due when the FIFO is half full.
        assert (fifo.due - sensor.now > 150) == (i > 10), (i, fifo.due - sensor.now)
        assert fifo.due - sensor.now < 450


def test_no_two_samples_have_the_same_ticks():
    sensor, fifo = begun(500)
    sensor.settling = 0
    found = looked(sensor, fifo, 1002, 4) + looked(sensor, fifo, 1004, 4)
    ticks = [taken for taken, _ in found]
    assert len(found) == 8 and ticks == list(range(ticks[0], ticks[0] + 8)), ticks
    # A node's ticks may have just begun at 0.
    sensor = Steps()
    sensor.settling, sensor.now = 0, 0
    fifo = Fifo(sensor)
    fifo.samples(sensor.ticks)
    assert looked(sensor, fifo, 10, 1) == [(0, [0])]


def failed(sensor, fifo, step, at, there=0):
    """Look while `step` fails; return the ms until the next look is due."""
    sensor.fails = (step,)
    assert str(raises(OSError, looked, sensor, fifo, at, there)) == step
    sensor.fails = ()
    return fifo.due - sensor.now


def test_three_failures_in_a_row_restart_it():
    sensor, fifo = begun()
    for i in range(1, 6):
        looked(sensor, fifo, 1000 + 100 * i, 1)
    # A successful look between them restarts the count.
    for at, is_right, due in (
        (1510, False, 100), (1520, False, 100), (1530, True, None), (1540, False, 100),
        (1550, False, 100), (1560, False, 1000),
    ):  # fmt: skip
        if is_right:
            looked(sensor, fifo, at, 0)
        else:
            assert failed(sensor, fifo, "waiting", at) == due, at
        assert sensor.starts == 1
    assert failed(sensor, fifo, "start", 2600) == 1000 and sensor.starts == 2
    assert fifo.lost == 0
    # The lost samples are those since the look at 1530, one every 100 ms.
    assert looked(sensor, fifo, 3629, 0) == [] and fifo.lost == 20
    assert sensor.starts == 3 and fifo.due == 3729
    # Nothing has been read since, and the samples missing up to this start are counted already.
    for _ in range(3):
        failed(sensor, fifo, "waiting", sensor.now + 10)
    assert looked(sensor, fifo, 9000, 0) == [] and fifo.lost == 20
    # The sensor settles again.
    assert looked(sensor, fifo, 9100, 1) == [] and looked(sensor, fifo, 9200, 1) == []
    assert len(looked(sensor, fifo, 9300, 1)) == 1


def test_a_sensor_that_never_answered_is_tried_each_second():
    sensor = Steps()
    fifo = Fifo(sensor)
    for i in range(5):
        assert failed(sensor, fifo, "start", 1000 + 1000 * i) == 1000
    assert fifo.samples(sensor.ticks) == [] and fifo.lost == 0


def test_unread_samples_are_found_at_the_next_look():
    sensor, fifo = begun()
    for i in range(1, 12):
        looked(sensor, fifo, 1000 + 100 * i, 1)
    assert failed(sensor, fifo, "read", 2400, 3) == 100
    # Three samples came before 2400 and two before 2600: they are evenly spaced, and none is lost.
    found = looked(sensor, fifo, 2600, 5)
    assert [values for _, values in found] == [[i] for i in range(11, 16)] and fifo.lost == 0
    steps = [found[i + 1][0] - found[i][0] for i in range(4)]
    assert max(steps) - min(steps) <= 1 and 95 <= steps[0] <= 105, steps


def test_samples_lost_by_an_overrun_are_counted():
    for there, at, lost in ((8, 2900, 0), (8, 3100, 2), (8, 3500, 6), (7, 2900, 0)):
        sensor, fifo = begun()
        for i in range(1, 12):
            looked(sensor, fifo, 1000 + 100 * i, 1)
        found = looked(sensor, fifo, at, there)
        assert len(found) == there and fifo.lost == lost, (at, there, fifo.lost)
        # The time of the lost samples is not spread over the samples that were read.
        steps = [found[i + 1][0] - found[i][0] for i in range(there - 1)]
        assert min(steps) >= 90 and max(steps) <= 115, steps
        # The newest sample is from the last period.
        assert 0 <= at - found[-1][0] <= 110, (at, found)
        looked(sensor, fifo, at + 100, 1)
        assert fifo.lost == lost, "it counts until the owner has taken note"
    # The sensor stops: no sample comes.
    sensor, fifo = begun()
    for i in range(1, 12):
        looked(sensor, fifo, 1000 + 100 * i, 1)
    assert str(raises(OSError, looked, sensor, fifo, 2600, 0)) == "no samples"
    assert fifo.lost == 5 and fifo.due == 2700
