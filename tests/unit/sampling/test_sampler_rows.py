"""The sampler's results: rows, their times, and failures of sensors."""

from support.sampling.desk import Desk
from wherry.reading import VALUE_MAX
from wherry.sampling.sampler import Sampler


class Scripted:
    """A sensor that returns scripted values and raises scripted errors."""

    def __init__(self, *values):
        self.values = list(values)
        self.start_error = None

    def start(self, anew):
        if self.start_error:
            raise self.start_error
        return 0

    def read(self):
        for i, value in enumerate(self.values):
            if isinstance(value, Exception):
                raise value
            yield i, value


def sampled(*sensors):
    """Return (sampler, its lines) after a sample of sensors (name, sensor, channel count)."""
    lines = []
    sampler = Sampler(sensors, lines.append)
    assert sampler.rows == [] and sampler.errors == 0
    sampler.sample(lambda: 5, None)
    return sampler, lines


def again(sampler):
    sampler.errors = 0
    sampler.sample(lambda: 5, None)
    return sampler.rows, sampler.errors


def test_sensors_share_a_row_as_long_as_all_their_channels_fit():
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


def test_only_measured_values_are_in_a_row_and_an_empty_row_is_dropped():
    gone = OSError("gone")
    sensors = [("a", Scripted(gone), 20), ("b", Scripted(7), 20), ("c", Scripted(8, 9), 2)]
    sampler, lines = sampled(*sensors)
    assert sampler.rows == [(1 << 20 | 3 << 40, [7, 8, 9])]
    assert sampler.errors == 1 and lines == ["sensor 1 (a): gone"]
    sensors[1][1].values = sensors[2][1].values = [gone]
    assert again(sampler) == ([], 3)
    sensors[0][1].values = [4]
    assert again(sampler) == ([(1, [4])], 2)


def test_values_have_up_to_30_bits():
    for value in (VALUE_MAX, -VALUE_MAX, (1 << 30) - 1, 1 - (1 << 30), 0):
        sampler, lines = sampled(("a", Scripted(value), 1))
        assert sampler.rows == [(1, [value])] and not lines and not sampler.errors
    for value in (1 << 30, -(1 << 30)):
        sampler, lines = sampled(("a", Scripted(5, value, 6), 3), ("b", Scripted(2), 1))
        # The other values of the same sensor are valid.
        assert sampler.rows == [(13, [5, 6, 2])] and sampler.errors == 1
        assert lines == ["sensor 1 (a): value %d is out of range" % value]


def test_a_failing_sensor_is_reported_when_it_fails_and_when_it_answers_again():
    first, second = Scripted(1), Scripted(2)
    sampler, lines = sampled(("twin", first, 1), ("twin", second, 1))
    assert sampler.rows == [(3, [1, 2])] and not lines
    second.start_error = OSError("no answer")
    assert again(sampler) == ([(1, [1])], 1) and again(sampler) == ([(1, [1])], 1)
    assert lines == ["sensor 2 (twin): no answer"]
    first.values = [OSError("other")]
    assert again(sampler) == ([], 2) and again(sampler) == ([], 2)
    assert lines == ["sensor 2 (twin): no answer", "sensor 1 (twin): other"]
    del lines[:]
    second.start_error = None
    assert again(sampler) == ([(2, [2])], 1) and again(sampler) == ([(2, [2])], 1)
    assert lines == ["sensor 2 (twin): responding again after 4 x no answer"]
    second.start_error = OSError("no answer")
    assert again(sampler) == ([], 2) and lines[1:] == ["sensor 2 (twin): no answer"]


def test_any_exception_of_a_driver_costs_only_its_own_readings():
    for error in (ZeroDivisionError("zero"), IndexError("range"), MemoryError(), OSError("bus")):
        bad, good = Scripted(error), Scripted(7)
        sampler, lines = sampled(("bad", bad, 1), ("good", good, 1))
        assert sampler.rows == [(2, [7])] and sampler.errors == 1
        text = "bus" if isinstance(error, OSError) else repr(error)
        assert lines == ["sensor 1 (bad): " + text]
        bad.start_error, bad.values = error, [5]
        assert again(sampler) == ([(2, [7])], 1)
        bad.start_error = None
        assert again(sampler) == ([(3, [5, 7])], 0)
        assert lines[1:] == ["sensor 1 (bad): responding again after 2 x " + text]


def test_a_wrong_return_value_of_a_driver_costs_only_its_own_readings():
    for values, ready_ms in ((["7"], 0), ([None], 0), ([5], "10")):
        bad = Scripted(*values)
        bad.start = lambda ready_ms=ready_ms: ready_ms
        sampler, lines = sampled(("bad", bad, 1), ("good", Scripted(7), 1))
        assert sampler.rows == [(2, [7])] and sampler.errors == 1
        assert lines[0].startswith("sensor 1 (bad): ")


def test_a_row_has_the_time_of_the_middle_of_the_starts():
    for ready_ms, taken, waits, end in (
        # A start or a reading takes 2 ms, and a wait is 1 ms longer than requested. Sensors that
        # are ready immediately are read between the starts.
        ((), 1000, [], 1000), ((0,), 1002, [], 1004), ((0, 0), 1004, [], 1008),
        ((7,), 1001, [8], 1012), ((7, 9), 1002, [6, 2], 1016), ((9, 7), 1002, [8], 1016),
        ((2, 0), 1003, [], 1008), ((6, 0), 1003, [3], 1011), ((5, 0), 1003, [2], 1010),
        ((4, 0), 1003, [1], 1009),
    ):  # fmt: skip
        desk = Desk(*ready_ms)
        assert desk.sample() == taken, ready_ms
        assert (desk.waits, desk.now) == (waits, end), ready_ms
        mask = (1 << len(ready_ms)) - 1
        assert desk.sampler.rows == ([(mask, list(ready_ms))] if ready_ms else [])


class Timed:
    """A sensor that is read in steps: the last returns readings, the others the ms to wait."""

    def __init__(self, *steps):
        self.steps = steps
        self.starts = []

    def start(self, anew):
        self.starts.append(anew)
        self.left = list(self.steps)
        return 3

    def read(self):
        return self.left.pop(0)


def test_a_sensor_with_several_conversions_is_called_again_until_it_has_all():
    first, second = Timed(40, 10, [(0, 1), (1, 2)]), Timed(20, [(0, 3)])
    lines, waits = [], []
    sampler = Sampler([("two", first, 2), ("one", second, 1)], lines.append)
    desk = Desk()

    def wait(ms):
        waits.append(ms)
        desk.wait(ms)

    for anew in (True, False):
        del waits[:]
        sampler.sample(lambda: desk.now, wait)
        # Both sensors wait at the same time: 4 ms, then until 25, 45 and 56 ms.
        assert waits == [4, 21, 20, 11] and sampler.rows == [(7, [1, 2, 3])]
        assert first.starts[-1] is anew and second.starts[-1] is anew
    assert not lines and not sampler.errors


def test_a_sensor_that_always_needs_more_time_is_given_up():
    endless, good = Timed(*[60_000] * 20), Timed([(0, 7)])
    lines = []
    sampler = Sampler([("endless", endless, 1), ("good", good, 1)], lines.append)
    desk = Desk()
    sampler.sample(lambda: desk.now, desk.wait)
    assert sampler.rows == [(2, [7])] and sampler.errors == 1
    assert lines == ["sensor 1 (endless): not ready in 10 min"] and desk.now < 700_000
    # The watchdog is fed even if a sensor returns 0 ms.
    endless.steps = [0, 0, [(0, 1)]]
    del desk.waits[:]
    sampler.sample(lambda: desk.now, desk.wait)
    assert sampler.rows == [(3, [1, 7])] and desk.waits == [4, 1, 1]


def test_a_withheld_value_costs_no_other_value():
    bad, good = Scripted(5, "humidity: wrong CRC", 6), Scripted(7)
    sampler, lines = sampled(("bad", bad, 3), ("good", good, 1))
    assert sampler.rows == [(13, [5, 6, 7])] and sampler.errors == 1
    assert again(sampler)[1] == 1
    bad.values[1] = "humidity: saturated"
    assert again(sampler)[1] == 1
    bad.values[1] = 1
    assert again(sampler) == ([(15, [5, 1, 6, 7])], 0)
    assert lines == [
        "sensor 1 (bad): humidity: wrong CRC",
        "sensor 1 (bad): humidity: saturated",
        "sensor 1 (bad): responding again after 1 x humidity: saturated, 2 x humidity: wrong CRC",
    ]


def test_failure_reasons_are_printed_in_words_and_their_number_is_bounded():
    for number, reported in ((19, "no answer"), (5, "no answer"), (116, "bus timeout")):
        assert sampled(("a", Scripted(OSError(number)), 1))[1] == ["sensor 1 (a): " + reported]
    sensor = Scripted(OSError("value 0"))
    sampler, lines = sampled(("a", sensor, 1))
    for i in range(1, 20):
        sensor.values = [OSError("value %d" % i)]
        again(sampler)
    assert len(lines) == 9 and lines[-1] == "sensor 1 (a): other reasons"
    sensor.values = [1]
    again(sampler)
    assert lines[-1].startswith("sensor 1 (a): responding again after 12 x other reasons, 1 x")


def test_a_driver_restarts_at_first_and_after_each_failure():
    sensor = Timed([(0, 1)])
    sampler = Sampler([("a", sensor, 1)], print)
    for _ in range(3):
        sampler.sample(lambda: 5, lambda ms: None)
    sensor.steps = [["too few"]]
    for _ in range(2):
        sampler.sample(lambda: 5, lambda ms: None)
    sensor.steps = [[(0, 1)]]
    for _ in range(2):
        sampler.sample(lambda: 5, lambda ms: None)
    assert sensor.starts == [True, False, False, False, True, True, False]
