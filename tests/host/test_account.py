"""The account catches what a run may hide: planted faults in the sources of one that balances."""

import struct

from wherry import small_file
from wherry.frame import MS, UNDATED
from wherry.health import CHANNELS as HEALTH
from wherry.ledger import in_file
from wherry.queue import Queue
from wherry_host.account import Account
from wherry_host.measured import Channels
from wherry_host.owner.kept import Kept, Progress, Reading, read_kept
from wherry_host.uplink_tables import Table
from wherry_host.virtual.image import Image

_T0_US = 1_795_000_000_000_000
_S_US = 1_000_000
_CHANNELS = Channels(
    {
        ("bme280", "temperature"): ("temperature", 0.01),
        ("host", "load"): ("load", 0.01),
        ("battery", "battery_voltage"): ("battery_voltage", 0.001),
        ("lis3dh", "acceleration_x"): ("acceleration_x", 0.001),
    }
)
_ROW_COUNT = 10


class Sources:
    """Those of a run of ten rows of three readings and one row of health, all delivered."""

    def __init__(self):
        self.truth, self.points, self.lines, self.ends_us = [], [], [], []
        self.progress = Progress(cursor=(_ROW_COUNT + 1, 0))
        self.kept = Kept(uplinks={"harbor": self.progress})
        for row in range(_ROW_COUNT):
            self._measure(row, _T0_US + row * _S_US)
        time_us = _T0_US + _ROW_COUNT * _S_US
        self._keep(
            _ROW_COUNT, time_us, [(name, float(i)) for i, (name, _, _) in enumerate(HEALTH)]
        )
        self.ends_us.append(time_us + _S_US)

    def _measure(self, row, time_us):
        def log(device, channel, value, later_us=0):
            entry = {"device": device, "channel": channel, "value": value}
            self.truth.append({"time_us": time_us + later_us, **entry})

        # The load stands still, as it may on a computer that is idle.
        log("bme280", "temperature", 20 + row / 10)
        log("host", "load", 0.5)
        for i in range(8):
            log("battery", "battery_mv", 4000 - row, 100 * i)
        values = [("temperature", 20 + row / 10), ("load", 0.5)]
        self._keep(row, time_us + 2000, [*values, ("battery_voltage", 4 - row / 1000)])

    def _keep(self, row, stamp_us, values):
        for index, (channel, value) in enumerate(values):
            self.kept.readings.append(Reading(row, index, channel, stamp_us, value))
            self.points.append((channel, stamp_us, value))
        self.lines.append((stamp_us + 20_000, f"1.000 row {row}: {len(values)} readings"))

    def samples(self, speed=1):
        return _CHANNELS.samples(self.truth, self.ends_us, speed)

    def flash(self):
        return self.lines, self.ends_us, self.kept

    def account(self, speed=1):
        table = Table("harbor", [(*point, 0, 0) for point in self.points])
        return Account(self.samples(speed), [table], *self.flash(), speed=speed)

    def forget_row(self, row, flash=True, table=True, line=False):
        stamps = {reading.stamp_us for reading in self.kept.readings if reading.row == row}
        if table:
            self.points = [point for point in self.points if point[1] not in stamps]
        if flash:
            self.kept.readings = [each for each in self.kept.readings if each.row != row]
        if line:
            self.lines = [entry for entry in self.lines if f" row {row}:" not in entry[1]]


def _objections(sources, *words):
    """Return the account of sources that must not balance, for a reason with these words."""
    account = sources.account()
    assert not account.balances
    assert any(all(word in text for word in words) for text in account.problems), account.problems
    return account


def test_a_whole_run_balances():
    account = Sources().account()
    assert account.problems == []
    assert account.counts.sampled == account.counts.delivered == 3 * _ROW_COUNT + len(HEALTH)
    assert 1 < account.worst_stamp_error_ms < 3


def with_bursts(wrong_us=3000):
    """Return Sources with three bursts of ten samples each, after all else."""
    sources = Sources()
    begin_us = sources.ends_us.pop() + 20 * _S_US
    for first in range(_ROW_COUNT + 1, _ROW_COUNT + 31, 10):
        for row in range(first, first + 10):
            time_us = begin_us + row * 100_000
            value = row * 7 % 10 / 1000
            entry = {"time_us": time_us, "device": "lis3dh", "channel": "x", "value": value}
            sources.truth.append(entry)
            sources.kept.readings.append(
                Reading(row, 0, "acceleration_x", time_us + wrong_us, value)
            )
            sources.points.append(("acceleration_x", time_us + wrong_us, value))
        text = f"1.000 rows {first} to {first + 9}: 10 readings"
        sources.lines.append((time_us + 50_000, text))
    sources.progress.cursor = (row + 1, 0)
    sources.ends_us.append(time_us + _S_US)
    return sources


def test_the_samples_of_a_burst_are_told_apart():
    # Nearer to its neighbour than to its own sample, but for its value.
    for wrong_us in (3000, -30_000, 49_000):
        account = with_bursts(wrong_us).account()
        assert account.problems == [], wrong_us
        assert account.counts.delivered == 3 * _ROW_COUNT + len(HEALTH) + 30


def test_a_sample_lost_from_a_burst_is_told_unless_the_node_told_it():
    for place in (-28, -12):
        sources = with_bursts()
        time_us = sources.points[place][1]
        sources.points = [point for point in sources.points if point[1] != time_us]
        sources.kept.readings = [
            each for each in sources.kept.readings if each.stamp_us != time_us
        ]
        _objections(sources, "acceleration_x", "lost")
        sources.lines.append((time_us, "1.000 sensor lis3dh: 1 samples lost"))
        account = sources.account()
        assert account.balances and account.unread == 1, account.problems


def test_a_sample_that_was_in_the_chip_at_the_end_is_cut_short():
    sources = with_bursts()
    # Taken while others were read: the line of those came later.
    time_us = sources.lines[-1][0] - 1000
    entry = {"time_us": time_us, "device": "lis3dh", "channel": "x", "value": 0.5}
    sources.truth.append(entry)
    account = sources.account()
    assert account.balances and account.counts.cut_short == 1, account.problems


def test_a_point_removed_from_the_table_is_lost():
    for channel in ("temperature", "load", "node_waiting"):
        sources = Sources()
        i = [point[0] for point in sources.points].index(channel)
        del sources.points[i]
        account = _objections(sources, channel, "lost", "behind the cursor")
        assert account.counts.sampled == account.counts.delivered + 1


def test_thinned_rows_are_explained_within_thinned_segments_only():
    sources = Sources()
    sources.forget_row(2)
    sources.progress.thinned, sources.kept.thinned_rows = 3, [(1, 4)]
    account = sources.account()
    assert account.problems == [] and account.counts.thinned == 3
    sources.forget_row(5)
    sources.progress.thinned += 3
    _objections(sources, "lost", "row 5")


def test_a_point_doubled_under_another_stamp_is_a_duplicate():
    for shift_us in (3000, 400_000, 3600 * _S_US, -86_400 * _S_US):
        for i in (3, 4, len(HEALTH) * -1):
            sources = Sources()
            channel, time_us, value = sources.points[i]
            sources.points.append((channel, time_us + shift_us, value))
            account = _objections(sources, channel, "duplicate")
            assert account.counts.duplicates == 1


def test_a_wrong_value_is_told():
    sources = Sources()
    channel, time_us, value = sources.points[3]
    sources.points[3] = (channel, time_us, value + 0.02)
    account = _objections(sources, channel, "is stored", "was measured")
    assert account.counts.delivered == account.counts.sampled - 1


def test_a_wrong_value_in_flash_is_told_before_it_is_sent():
    sources = Sources()
    sources.kept.readings[6].value += 1
    _objections(sources, "the flash has", "was measured")


def test_a_stamp_too_far_off_is_told():
    sources = Sources()
    for i, (channel, time_us, value) in enumerate(sources.points):
        sources.points[i] = (channel, time_us + 49_000, value)
        if i < len(sources.kept.readings):
            sources.kept.readings[i].stamp_us += 49_000
    _objections(sources, "51.0 ms off")


def test_a_stamp_that_is_not_the_flash_s_is_told():
    sources = Sources()
    channel, time_us, value = sources.points[9]
    sources.points[9] = (channel, time_us + 1000, value)
    _objections(sources, "the flash has another stamp")


def test_a_point_that_no_measurement_accounts_for_is_told():
    for point in (("load", _T0_US - 9 * _S_US, 7.5), ("unknown", _T0_US, 1.0)):
        sources = Sources()
        sources.points.append(point)
        account = _objections(sources, point[0], "unexplained")
        assert account.counts.duplicates == 0


def test_a_row_that_is_neither_in_flash_nor_at_the_server_is_lost():
    for row in (4, _ROW_COUNT):
        sources = Sources()
        sources.forget_row(row)
        account = _objections(sources, f"lost: row {row}", "nowhere")
        count = 3 if row < _ROW_COUNT else len(HEALTH)
        assert account.counts.sampled == account.counts.delivered + count


def test_rows_that_a_cut_took_from_rtc_memory_lie_in_a_gap():
    sources = Sources()
    for row in (3, 4):
        sources.forget_row(row)
    sources.kept.gaps = [(None, _T0_US), (_T0_US + 2 * _S_US, _T0_US + 4 * _S_US)]
    _objections(sources, "lost: row 4", "nowhere")
    sources.kept.gaps[1] = (_T0_US + 2 * _S_US + 2000, _T0_US + 5 * _S_US + 2000)
    account = sources.account()
    assert account.balances and account.counts.in_gap == 6
    sources.kept.gaps[1] = (_T0_US + 2 * _S_US, None)
    assert sources.account().balances
    # What the flash has must have been delivered all the same.
    sources.forget_row(7, flash=False)
    _objections(sources, "lost: row 7", "behind the cursor")


def test_rows_behind_the_cursor_wait():
    sources = Sources()
    sources.forget_row(8, flash=False)
    sources.forget_row(9, flash=False)
    sources.forget_row(10, flash=False)
    sources.progress.cursor = (8, 1)
    account = _objections(sources, "lost: row 8")
    assert account.counts.waiting == 2 + 3 + len(HEALTH)
    sources.progress.cursor = (8, 0)
    assert sources.account().balances


def test_a_row_is_cut_short_only_between_the_last_line_and_the_end():
    sources = Sources()
    sources.forget_row(5, line=True)
    _objections(sources, "lost")
    sources.ends_us.append(_T0_US + 5 * _S_US + 9000)
    account = sources.account()
    assert account.problems == []
    assert account.counts.cut_short == 3
    assert account.counts.sampled == account.counts.delivered


def test_a_battery_reading_that_a_cut_divides_is_two():
    sources = Sources()
    sources.forget_row(5, line=True)
    sources.ends_us.append(_T0_US + 5 * _S_US + 350)
    sources.truth = [
        entry
        for entry in sources.truth
        if not _T0_US + 5 * _S_US + 350 < entry["time_us"] < _T0_US + 6 * _S_US
    ]
    account = sources.account()
    assert account.problems == []
    assert account.counts.cut_short == 3


def test_dropped_rows_must_be_counted_by_the_node():
    sources = Sources()
    sources.forget_row(0)
    sources.progress.dropped = 2
    account = _objections(sources, "lost: row 0")
    assert account.counts.dropped == 2
    sources.progress.dropped = 3
    assert sources.account().balances
    sources.forget_row(3)
    sources.progress.dropped = 6
    _objections(sources, "lost: row 3")


def test_what_was_set_aside_may_have_to_go_too():
    sources = Sources()
    for reading in sources.kept.readings[:6]:
        reading.stamp_us = None
    sources.points = sources.points[6:]
    sources.progress.set_aside = sources.kept.readings[3:6]
    sources.progress.dropped = 2
    _objections(sources, "lost: row 0", "behind the cursor")
    sources.progress.dropped = 3
    account = sources.account()
    assert account.problems == []
    assert (account.counts.set_aside, account.counts.dropped) == (3, 3)
    # Those of other uplinks may have taken all the room.
    aside, sources.progress.set_aside = sources.progress.set_aside, []
    _objections(sources, "lost: row 1", "behind the cursor")
    sources.progress.dropped = 6
    assert sources.account().counts.dropped == 6
    sources.progress.set_aside = aside
    # One newer than those that are still set aside had no reason to go.
    sources.points = sources.points[3:]
    sources.progress.dropped = 6
    _objections(sources, "lost: row 2", "behind the cursor")


def test_a_delivered_row_may_leave_the_flash():
    sources = Sources()
    for row in (0, 1, 2):
        sources.forget_row(row, table=False)
    assert sources.account().problems == []
    sources = Sources()
    sources.forget_row(10, table=False)
    assert sources.account().problems == []


def test_readings_set_aside_have_their_place():
    sources = Sources()
    aside = sources.kept.readings[7]
    sources.points.remove((aside.channel, aside.stamp_us, aside.value))
    sources.progress.set_aside.append(aside)
    account = sources.account()
    assert account.problems == []
    assert account.counts.set_aside == 1


def test_a_measurement_that_its_row_never_had_is_not_sampled():
    sources = Sources()
    sources.points.pop(6)
    sources.kept.readings.pop(6)
    _objections(sources, "lost: row 2")
    sources.lines[2] = (sources.lines[2][0], "1.000 row 2: 2 readings")
    account = sources.account()
    assert account.problems == []
    assert account.unread == 1


def cut_in_a_row():
    """Return Sources of which a cut caught row 5, and a reading of row 6 that is not delivered."""
    sources = Sources()
    sources.forget_row(5, line=True)
    sources.ends_us.append(_T0_US + 5 * _S_US + 9000)
    reading = sources.kept.readings[15]
    sources.points.remove((reading.channel, reading.stamp_us, reading.value))
    return sources, reading


def test_what_a_cut_caught_does_not_pass_for_the_next_row():
    sources, unread = cut_in_a_row()
    sources.kept.readings.remove(unread)
    sources.lines[5] = (sources.lines[5][0], "1.000 row 6: 2 readings")
    account = sources.account()
    assert account.problems == []
    assert (account.counts.cut_short, account.unread) == (3, 1)


def test_what_a_cut_caught_is_not_set_aside_with_the_next_row():
    sources, aside = cut_in_a_row()
    sources.progress.set_aside.append(aside)
    account = sources.account()
    assert account.problems == []
    assert (account.counts.cut_short, account.counts.set_aside) == (3, 1)


def test_an_undated_row_is_found_by_its_line():
    sources = Sources()
    for reading in sources.kept.readings[:3]:
        reading.stamp_us = None
    sources.points = sources.points[3:]
    sources.progress.cursor = (0, 0)
    account = sources.account()
    assert account.problems == []
    assert account.counts.waiting == 3


def test_an_undated_row_is_found_without_its_line_if_the_power_went():
    sources = Sources()
    last = sources.kept.readings[27:30]
    for reading in last:
        reading.stamp_us = None
    sources.points = sources.points[:27]
    sources.forget_row(10)
    sources.progress.cursor = (9, 0)
    del sources.lines[9:]
    sources.ends_us[:] = [_T0_US + 9 * _S_US + 900_000]
    account = sources.account()
    assert account.problems == []
    assert (account.counts.waiting, account.counts.cut_short) == (3, 0)


def test_the_node_s_own_undated_row_waits_without_its_line():
    sources = Sources()
    own = sources.kept.readings[30:]
    for reading in own:
        reading.stamp_us = None
    sources.points = sources.points[:30]
    sources.progress.cursor = (_ROW_COUNT, 0)
    # The power went after the row was stored, and before the console told of it.
    del sources.lines[_ROW_COUNT]
    account = sources.account()
    assert account.problems == []
    assert account.counts.waiting == len(own)


def test_a_fast_clock_allows_for_the_host():
    sources = Sources()
    for i in range(3):
        sources.kept.readings[i].stamp_us += 700_000
        channel, time_us, value = sources.points[i]
        sources.points[i] = (channel, time_us + 700_000, value)
    _objections(sources, "the stamp in flash is 70")
    _objections(sources, "the stamp is 70")
    # At this speed one pause of the host also divides the battery's samples.
    for entry in sources.truth[6:10]:
        entry["time_us"] += 600_000
    sources.lines[0] = (sources.lines[0][0] + 600_000, sources.lines[0][1])
    assert not sources.account().balances
    assert sources.account(20).problems == []


def test_the_flash_is_read_as_the_node_wrote_it(tmp_path):
    channels = [("a", "", 1), ("b", "V", 0)]
    root = f"{tmp_path}/data"
    queue = Queue(root, channels, True, 1 << 20)
    queue.append(MS | UNDATED, 1, 5, 250, 3, [15, 7])
    queue.append(MS, 0, 1000, 1, 1, [-4])
    queue.append(MS | UNDATED, 2, 9, 0, 2, [9])
    for folder in ("cursors", "aside"):
        (tmp_path / "data" / folder).mkdir()
    ledger = in_file(f"{root}/cursors/harbor")
    ledger.row, ledger.channel, ledger.dropped = 1, 1, 12
    ledger.save()
    # The anchor of boot 1: its tick 6000 ms was 900 s after the start of 2000.
    small_file.write(f"{root}/anchors", struct.pack("<Iqq", 1, 6000, 900_000))
    image = Image.create(tmp_path / "flash.img", 256 << 10)
    with Image(image) as opened:
        for path in (tmp_path / "data").rglob("*"):
            if path.is_file():
                opened.write(str(path.relative_to(tmp_path)), path.read_bytes())
    before = image.read_bytes()
    kept = read_kept(image)
    epoch_us = 946_684_800 * _S_US
    assert [(each.row, each.channel, each.value, each.stamp_us) for each in kept.readings] == [
        (0, "a", 1.5, epoch_us + 899_250_000),
        (0, "b", 7.0, epoch_us + 899_250_000),
        (1, "a", -0.4, epoch_us + 1_000_001_000),
        (2, "b", 9.0, None),
    ]
    assert (kept.of("harbor").cursor, kept.of("harbor").dropped) == ((1, 1), 12)
    assert image.read_bytes() == before
    assert read_kept(Image.create(tmp_path / "blank.img", 256 << 10)).readings == []
