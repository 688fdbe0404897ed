"""All fast sensors of a node: rows and masks, failure messages, exact counts of lost samples."""

from support.node.chip import Chip
from support.sampling.fifo_steps import Steps
from wherry.rows.frame import MS, UNDATED
from wherry.time.setting import sync


class Axes(Steps):
    """A fast sensor with several channels, without settling."""

    settling = 0

    def __init__(self, chip, channel_count, period_us=100_000):
        super().__init__(period_us)
        self.chip = chip
        self.channel_count = channel_count

    def read(self):
        return [[row[0] + 10 * i for i in range(self.channel_count)] for row in super().read()]


class Pair(Chip):
    """A node with two fast sensors, of one and two channels; `rows` has what the queue accepts."""

    channels = (("a", "", 0), ("b", "", 0), ("c", "", 0))

    def __init__(self, period_us=100_000):
        super().__init__()
        self.fast = Axes(self, 1, period_us), Axes(self, 2, 2 * period_us)
        self.rows = []
        self.node = self.boot()
        self.fifos = self.node.sampler.fifos
        self.state = self.node.stage.state
        # The number of rows that the flash accepts before it fails; None means all.
        self.takes = None
        self._extend = self.node.queue.extend
        self.node.queue.extend = self.extend

    def sensors(self):
        return [("one", self.fast[0], 1), ("two", self.fast[1], 2)]

    def extend(self, rows):
        taken = rows if self.takes is None else rows[: self.takes]
        self.rows += taken
        self._extend(taken)
        if self.takes is not None:
            raise OSError(28)

    def drain(self):
        raise OSError(28)

    def only(self, which):
        """Make only the sensor `which` due."""
        for i in range(2):
            self.fifos._fifos[i][2].due = 0 if i == which else 1 << 30

    def look(self, at, *there):
        """Read the sensors at the moment `at`, when `there` has their numbers of samples."""
        for sensor, count in zip(self.fast, there):
            sensor.there = count
        self.true_ms += at - self.rtc_ms()
        del self.lines[:], self.rows[:]
        self.fifos.take(self.node)


def test_each_sensor_has_its_channels_and_its_due_time():
    chip = Pair()
    assert chip.fifos.due == 0
    chip.look(1000, 0, 0)
    assert chip.fifos.due == 1100 and chip.rows == []
    chip.look(1100, 1, 2)
    # The second sensor is not due yet.
    assert [row[4:] for row in chip.rows] == [(1, [0])]
    assert chip.fifos.due == 1144
    chip.look(1200, 1, 2)
    assert [row[4:] for row in chip.rows] == [(1, [1]), (6, [0, 10]), (6, [1, 11])]
    assert chip.lines[1] == "rows 2 to 3: 4 readings", chip.lines
    assert chip.lines[0] == "rows 1 to 1: 1 readings"
    assert chip.state.sensor_errors == 0


def test_stamps_are_undated_before_the_time_is_known_and_in_order_after():
    chip = Pair()
    chip.state.fast_last_ms = 5
    chip.look(1000, 0, 0)
    chip.look(1100, 1, 0)
    # The first sample is from 1044.
    assert chip.rows == [(MS | UNDATED, chip.state.boot, 1, 44, 1, [0])]
    assert chip.state.fast_last_ms == 5
    sync(chip.node.clock, 1100, 848_000_000_000)
    chip.look(1200, 1, 0)
    flags, boot, s, ms, mask, values = chip.rows[0]
    assert (flags, boot, mask, values) == (MS, 0, 1, [1])
    newest_ms = s * 1000 + ms
    assert 0 <= 848_000_000_100 - newest_ms < 110
    assert chip.state.fast_last_ms == newest_ms
    # The other sensor's stamps may be earlier; they do not move the newest stamp back.
    chip.look(1300, 1, 1)
    assert [row[4] for row in chip.rows] == [1, 6]
    newest_ms, other_ms = [row[2] * 1000 + row[3] for row in chip.rows]
    assert other_ms < newest_ms == chip.state.fast_last_ms
    # If the clock is set back, each sensor's stamps continue after its last one.
    chip.state.ref_ms -= 1000
    chip.look(1400, 1, 0)
    assert chip.rows[0][2] * 1000 + chip.rows[0][3] == newest_ms + 1


def test_a_failure_is_reported_once_and_counted_each_time():
    chip = Pair()
    chip.look(1000, 0, 0)
    one, two = chip.fast
    one.fails = ("waiting",)
    chip.look(1200, 0, 1)
    assert chip.lines == ["sensor 1 (one): waiting", "rows 0 to 0: 2 readings"]
    assert chip.state.sensor_errors == 1
    two.fails = ("read",)
    chip.look(1310, 0, 1)
    assert chip.lines == ["sensor 2 (two): read"] and chip.state.sensor_errors == 3
    one.fails = two.fails = ()
    # A sensor that has to settle answers, but without samples.
    one.settling = 100
    chip.look(1420, 4, 2)
    reported = "sensor 2 (two): responding again after 1 x read"
    assert chip.lines == [reported, "rows 1 to 2: 4 readings"]
    one.settling = 0
    chip.look(1520, 1, 0)
    reported = "sensor 1 (one): responding again after 2 x waiting"
    assert chip.lines == [reported, "rows 3 to 3: 1 readings"]
    chip.look(1620, 1, 1)
    assert "again" not in "".join(chip.lines) and chip.state.sensor_errors == 3


def test_any_exception_of_a_driver_costs_only_its_own_samples():
    chip = Pair()
    one, _ = chip.fast
    one.error = ZeroDivisionError
    chip.look(1000, 0, 0)
    one.fails = ("waiting",)
    chip.look(1200, 0, 1)
    waiting, read = [repr(one.error(step)) for step in ("waiting", "read")]
    assert chip.lines == ["sensor 1 (one): " + waiting, "rows 0 to 0: 2 readings"]
    one.fails = ("read",)
    chip.look(1310, 3, 0)
    assert chip.lines == ["sensor 1 (one): " + read] and chip.state.sensor_errors == 2
    one.fails = ()
    chip.look(1420, 4, 1)
    reported = "sensor 1 (one): responding again after 1 x %s, 1 x %s" % (read, waiting)
    assert chip.lines == [reported, "rows 1 to 4: 4 readings", "rows 5 to 5: 2 readings"]
    assert chip.state.sensor_errors == 2


def test_rows_refused_by_the_flash_wait_or_are_lost_and_counted():
    for takes in (0, 1, 5):
        chip = Pair(1000)
        chip.look(1000, 0, 0)
        chip.only(0)
        chip.fast[0].depth = chip.fast[1].depth = 4000
        before = chip.node.queue.readings, chip.node.uploads[0].ledger.dropped
        chip.takes = takes
        # The stage has room for all rows of the first sensor.
        chip.look(1010, 10, 0)
        kept = ["rows 0 to %d: %d readings" % (takes - 1, takes)] if takes else []
        reported = "flash write failed, %d rows kept in RTC memory, 0 readings lost: 28" % (
            10 - takes
        )
        assert chip.lines == kept + [reported], chip.lines
        assert chip.node.stage.count == 10 - takes
        assert chip.node.uploads[0].ledger.dropped == before[1]
        # The stage lacks room for the second sensor's rows, and cannot be drained.
        chip.only(1)
        chip.fast[1].passes = 4000
        chip.node.drain_stage = chip.drain
        chip.look(5000, 0, 2000)
        waiting = chip.node.stage.count - (10 - takes)
        lost = 2 * (2000 - waiting)
        reported = "flash write failed, %d rows kept in RTC memory, %d readings lost: 28" % (
            waiting,
            lost,
        )
        assert [line for line in chip.lines if "rows kept" in line] == [reported], chip.lines
        assert 0 < waiting < 2000
        assert chip.node.queue.readings == before[0] + takes + lost
        assert chip.node.uploads[0].ledger.dropped == before[1] + lost
