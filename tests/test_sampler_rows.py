"""What the sampler makes of its sensors: rows, the moment they stand for, and who fails."""

from test_sampler import Desk
from wherry.reading import VALUE_MAX
from wherry.sampler import Sampler


class Scripted:
    """A sensor that gives what it is told: an error is raised where it stands."""

    def __init__(self, *values):
        self.values = list(values)
        self.start_error = None

    def start(self):
        if self.start_error:
            raise self.start_error
        return 0

    def read(self):
        for i, value in enumerate(self.values):
            if isinstance(value, Exception):
                raise value
            yield i, value


class Fast(Scripted):
    """One with a FIFO."""

    period_us = 10_000


def sampled(*sensors):
    """Return (the sampler, its lines) after one sample of (name, sensor, channel count)."""
    lines = []
    sampler = Sampler(sensors, lines.append)
    assert sampler.rows == [] and sampler.errors == 0
    sampler.sample(lambda: 5, None)
    return sampler, lines


def again(sampler):
    sampler.errors = 0
    sampler.sample(lambda: 5, None)
    return sampler.rows, sampler.errors


def test_sensors_share_a_row_as_long_as_all_channels_of_each_have_room():
    for counts, rows in (
        ((1,), [(0, 1)]), ((31, 1), [(0, 32)]), ((32,), [(0, 32)]), ((32, 1), [(0, 32), (32, 33)]),
        ((31, 2), [(0, 31), (31, 33)]), ((16, 16, 16, 16), [(0, 32), (32, 64)]),
        ((10, 30, 2, 1), [(0, 10), (10, 42), (42, 43)]), ((20, 20, 12), [(0, 20), (20, 52)]),
    ):  # fmt: skip
        base, sensors = 0, []
        for count in counts:
            sensors.append(("bank", Scripted(*range(base, base + count)), count))
            base += count
        expected = [
            ((1 << end) - (1 << begin), list(range(begin, end))) for begin, end in rows
        ]  # fmt: skip
        assert sampled(*sensors)[0].rows == expected, counts


def test_only_what_was_measured_is_in_a_row_and_a_row_of_nothing_is_none():
    gone = OSError("gone")
    sensors = [("a", Scripted(gone), 20), ("b", Scripted(7), 20), ("c", Scripted(8, 9), 2)]
    sampler, lines = sampled(*sensors)
    assert sampler.rows == [(1 << 20 | 3 << 40, [7, 8, 9])]
    assert sampler.errors == 1 and lines == ["sensor a: gone"]
    sensors[1][1].values = sensors[2][1].values = [gone]
    assert again(sampler) == ([], 3)
    sensors[0][1].values = [4]
    assert again(sampler) == ([(1, [4])], 2)


def test_values_are_taken_up_to_30_bits():
    for value in (VALUE_MAX, -VALUE_MAX, (1 << 30) - 1, 1 - (1 << 30), 0):
        sampler, lines = sampled(("a", Scripted(value), 1))
        assert sampler.rows == [(1, [value])] and not lines and not sampler.errors
    for value in (1 << 30, -(1 << 30)):
        sampler, lines = sampled(("a", Scripted(5, value, 6), 3), ("b", Scripted(2), 1))
        # What it gave before is good.
        assert sampler.rows == [(9, [5, 2])] and sampler.errors == 1
        assert lines == ["sensor a: a: value %d is beyond what a row holds" % value]


def test_a_sensor_that_fails_is_told_once_and_once_when_it_answers_again():
    first, second = Scripted(1), Scripted(2)
    sampler, lines = sampled(("twin", first, 1), ("twin", second, 1))
    assert sampler.rows == [(3, [1, 2])] and not lines
    second.start_error = OSError("no answer")
    assert again(sampler) == ([(1, [1])], 1) and again(sampler) == ([(1, [1])], 1)
    assert lines == ["sensor twin: no answer"]
    first.values = [OSError("other")]
    assert again(sampler) == ([], 2) and again(sampler) == ([], 2)
    assert lines == ["sensor twin: no answer", "sensor twin: other"]
    del lines[:]
    second.start_error = None
    assert again(sampler) == ([(2, [2])], 1) and again(sampler) == ([(2, [2])], 1)
    assert lines == ["sensor twin: responding again"]
    second.start_error = OSError("no answer")
    assert again(sampler) == ([], 2) and lines[1:] == ["sensor twin: no answer"]


def test_any_exception_of_a_driver_costs_only_its_own_readings():
    for error in (ZeroDivisionError("zero"), IndexError("range"), MemoryError(), OSError("bus")):
        bad, good = Scripted(error), Scripted(7)
        sampler, lines = sampled(("bad", bad, 1), ("good", good, 1))
        assert sampler.rows == [(2, [7])] and sampler.errors == 1
        text = "bus" if isinstance(error, OSError) else repr(error)
        assert lines == ["sensor bad: " + text]
        bad.start_error, bad.values = error, [5]
        assert again(sampler) == ([(2, [7])], 1)
        bad.start_error = None
        assert again(sampler) == ([(3, [5, 7])], 0)
        assert lines[1:] == ["sensor bad: responding again"]


def test_a_wrong_return_value_of_a_driver_costs_only_its_own_readings():
    for values, ready_ms in ((["7"], 0), ([None], 0), ([5], "10")):
        bad = Scripted(*values)
        bad.start = lambda ready_ms=ready_ms: ready_ms
        sampler, lines = sampled(("bad", bad, 1), ("good", Scripted(7), 1))
        assert sampler.rows == [(2, [7])] and sampler.errors == 1
        assert lines[0].startswith("sensor bad: TypeError(")


def test_errors_are_added_up_until_somebody_takes_them():
    sampler, _ = sampled(("a", Scripted(OSError("gone")), 1), ("b", Scripted(OSError("gone")), 1))
    assert sampler.errors == 2
    sampler.sample(lambda: 5, None)
    assert sampler.errors == 4


def test_a_sensor_with_a_fifo_keeps_its_channels_and_is_not_read():
    assert sampled(("a", Scripted(1), 1))[0].fifos is None
    for counts, ends in (((1, 3, 1), [(0, 5)]), ((30, 3, 2), [(0, 30), (30, 35)])):
        fast = Fast(OSError("read"))
        first, last = Scripted(*range(counts[0])), Scripted(*range(counts[2]))
        sensors = [("a", first, counts[0]), ("fast", fast, counts[1]), ("fast", fast, 0)]
        sensors.append(("b", last, counts[2]))
        sampler, lines = sampled(*sensors)
        masks = [row[0] for row in sampler.rows]
        behind = (1 << counts[2]) - 1 << counts[0] + counts[1]
        before = (1 << counts[0]) - 1
        assert masks == ([before | behind] if len(ends) == 1 else [before, behind])
        assert not lines and len(sampler.fifos._fifos) == 2
        assert sampler.fifos._fifos[0][2] == (1 << counts[1]) - 1 << counts[0]


def test_a_row_is_of_the_middle_of_the_starts():
    for ready_ms, taken, waits, end in (
        # A start or a reading takes 2 ms; those that are ready at once are read in between.
        ((), 1000, [], 1000), ((0,), 1002, [], 1004), ((0, 0), 1004, [], 1008),
        ((7,), 1001, [7], 1011), ((7, 9), 1002, [5, 2], 1015), ((9, 7), 1002, [7], 1015),
        ((2, 0), 1003, [], 1008), ((6, 0), 1003, [2], 1010), ((5, 0), 1003, [1], 1009),
        ((4, 0), 1003, [], 1008),
    ):  # fmt: skip
        desk = Desk(*ready_ms)
        assert desk.sample() == taken, ready_ms
        assert (desk.waits, desk.now) == (waits, end), ready_ms
        mask = (1 << len(ready_ms)) - 1
        assert desk.sampler.rows == ([(mask, list(ready_ms))] if ready_ms else [])
