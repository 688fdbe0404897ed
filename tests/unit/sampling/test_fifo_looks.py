"""The FIFO of a fast sensor, look by look: failures, losses, and the pace of its samples."""

from support.node.check import raises
from support.sampling.fifo_steps import Steps
from wherry.sampling.fifo import Fifo


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
