"""Parts of a node, exact to the millisecond and the reading; and a node with a ring."""

import random
import sys

import wherry
from support.node.chip import SEED, SETTINGS, TRUE_AT_START, UPLINK, Chip, check_all_there
from support.ring.device import Device
from wherry import delivery, health
from wherry.health_channels import CHANNELS as HEALTH
from wherry.ring.ring import Ring
from wherry.sending.upload import Upload
from wherry.stage import gaps
from wherry.stage.memory import UNCERTAINTY_AT
from wherry.stage.recovery import newest
from wherry.uplinks.harbor import dialect as harbor

VALUE_END = 1 << 30


def settings(**changes):
    return dict(SETTINGS, node=dict(SETTINGS["node"], **changes))


def booted(**changes):
    """Return (chip, its node), whose time server has answered."""
    random.seed(SEED)
    chip = Chip(settings(**changes))
    node = chip.boot()
    return chip, node


def test_a_row_of_health_has_each_counter_in_its_channel():
    chip, node = booted()
    state, ledger = node.stage.state, node.uploads[0].ledger
    node.reset_cause = 6
    for number, name in enumerate(("delivered", "set_aside", "dropped", "thinned", "damaged")):
        setattr(ledger, name, 1 << number)
    ledger.before, ledger.others, node.queue.readings = 100, 1000, 5000
    node.queue.next_row, node.stage.count = 70, 7
    state.sensor_errors, state.crashes, state.clock_error_ms = 11, 12, -13
    gaps.note(chip.root, 5, (0, 0, 1, 0), (0, 0, 2, 0))
    expected = [1, 6, 77, 5000, 1, 5000 - 1131, 2, 104, 8, 16, 1, 11, 12, -13, -60, 0, 70]
    state.ref_ticks, state.busy[UNCERTAINTY_AT:] = 4000, bytes((0, 45))
    assert health.row(node, 9000) == (0x1FFFF << 2, expected)
    ledger.denied_s = 5
    node.queue.readings = VALUE_END + 9
    expected[3], expected[5], expected[15] = 9, VALUE_END + 9 - 1131 - VALUE_END & VALUE_END - 1, 1
    assert health.row(node, 9000)[1] == expected
    node.queue.readings, ledger.denied_s = VALUE_END - 1, 0
    assert health.row(node, 9000)[1][3] == VALUE_END - 1


def test_counters_are_those_of_the_uplink_with_the_most_waiting_readings():
    for more in (1, -1):
        _, node = booted()
        upload = node.uploads[0]
        other = Chip().boot().uploads[0]
        third = Chip().boot().uploads[0]
        node.uploads = [upload, other, third]
        upload.ledger.delivered, other.ledger.delivered = 20, 30
        upload.queue.readings, other.queue.readings = 50, 60 + more
        other.ledger.denied_s = third.ledger.denied_s = 1
        row = health.row(node, 0)[1]
        assert (row[4], row[5], row[15]) == ((30, 31, 6) if more > 0 else (20, 30, 6))


def test_health_is_due_after_three_quarters_of_the_time_between_uploads():
    chip, node = booted(send_every_ms=30_001)
    state = node.stage.state
    chip.pass_ms(1000)
    for ticks, taken in ((1000, 1), (23_499, 1), (23_500, 2), (45_999, 2), (46_000, 3)):
        chip.pass_ms(ticks - node.ticks())
        due = state.health_due
        health.add(node)
        assert node.queue.next_row == taken, ticks
        assert state.health_due == (ticks + 22_500 if ticks >= due else due)
    assert chip.lines == ["row %d: 17 readings" % row for row in range(3)]
    # The order of the stamps of health rows is kept separately.
    state.synced, state.ref_ticks, state.ref_ms = 1, node.ticks(), 848_000_000_000
    state.last_ms, state.own_last_ms, state.health_due = 0, 848_000_000_500, 0
    health.add(node)
    assert (state.last_ms, state.own_last_ms) == (0, 848_000_000_501)


def test_rows_less_than_two_seconds_apart_are_stamped_in_ms():
    for every_ms, stamps, is_ms in (
        (1999, "s", 1), (2000, "s", 0), (2001, "s", 0), (2000, "ms", 1), (100, "s", 1),
    ):  # fmt: skip
        _, node = booted(sample_every_ms=every_ms, stamps=stamps)
        state = node.stage.state
        state.synced, state.ref_ms = 1, 848_000_000_100
        assert node.keep(50, [(3, [1, 2]), (1, [3])], 7) == 848_000_000_000 + 150 * is_ms
        reader = node.queue.reader()
        reader.seek(0)
        for mask in (3, 1):
            assert reader.next()
            rows = reader.rows
            assert (rows.flags, rows.s, rows.ms, rows.mask) == (
                is_ms, 848_000_000, 150 * is_ms, mask,
            )  # fmt: skip
        assert not reader.next()
    # An undated row does not change the last stamp.
    state.synced = 0
    assert node.keep(50, [(1, [1])], 7) == 7


def test_rows_wait_up_to_their_longest_wait():
    chip, node = booted(stage_age_max_ms=60_000)
    state = node.stage.state
    chip.online = False
    state.gap = 0
    stamps = []
    for ticks, waiting in (
        (1000, 1), (2000, 2), (60_531, 3), (60_532, 0), (60_533, 1), (120_064, 2), (120_065, 0),
    ):  # fmt: skip
        stamps.append(ticks)
        node.keep(ticks, [(3, [ticks, -ticks])], 0)
        assert (node.stage.count, node.queue.next_row) == (waiting, len(stamps) - waiting), ticks
    assert chip.lines == ["row %d: 2 readings" % row for row in range(len(stamps))]
    reader = node.queue.reader()
    reader.seek(0)
    for ticks in stamps:
        assert reader.next() and reader.rows.values[:2] == [ticks, -ticks]
        assert reader.rows.s * 1000 + reader.rows.ms == ticks


def test_each_check_for_a_due_sample_feeds_the_watchdog_even_during_a_sample():
    chip, node = booted()
    fed = []
    chip.feed = lambda: fed.append(node.ticks())
    node.sample_if_due()
    assert fed == [0] and len(chip.log) == 1
    node.sample_if_due()
    chip.pass_ms(10_000 - node.ticks())
    # A check during a sample does not start a second sample.
    wait_ms = chip.wait_ms
    chip.wait_ms = lambda ms: (node.sample_if_due(), wait_ms(ms))
    node.stage.state.sample_due = 0
    node.sample_if_due()
    assert fed == [0, 11, 10_000, 10_002] and len(chip.log) == 2
    chip.broken = True
    chip.pass_ms(10_000)
    node.sample_if_due()
    chip.broken = False
    chip.pass_ms(10_000)
    node.sample_if_due()
    assert len(chip.log) == 3 and node.stage.state.sensor_errors == 1


def test_modules_loaded_by_a_sample_are_forgotten_only_during_an_upload():
    kept, name = wherry._kept, "wherry.sensors.battery"
    for is_sending in (False, True):
        chip, node = booted()
        # Take the first sample in advance: its row opens a file, which also forgets modules.
        node.sample_if_due()
        chip.pass_ms(10_000)
        node.is_sending = is_sending
        module = wherry.load(name)
        try:
            wherry._kept = [{each for each in sys.modules if each != name}]
            node.sample_if_due()
            assert (name in sys.modules) == (not is_sending) and len(chip.log) == 2
        finally:
            wherry._kept = kept
            sys.modules[name] = module


class RingChip(Chip):
    """A chip with a ring of eight pages; each boot continues as after a deep sleep."""

    def __init__(self):
        super().__init__()
        self.device = Device(8)

    def new_queue(self, channels, hint, stage):
        state = stage.state
        place = (state.ring_page, state.ring_at, state.ring_step) if state.ring_at else None
        last = newest(stage)
        own_count = len(HEALTH)
        return Ring(self.device, self.root, channels, True, hint, place, last, own_count=own_count)

    def uploads(self, queue, clock):
        parts = queue, queue.ledger("harbor"), self.root + "/aside", clock.date
        return [Upload("harbor", harbor, UPLINK, *parts)]


def rows_reported(chip):
    """Return the numbers of the rows that the console printed."""
    return [int(line[4 : line.index(":")]) for line in chip.lines if line.startswith("row ")]


def test_each_row_is_only_in_the_ring_and_is_never_staged():
    for with_sleeps in (False, True):
        random.seed(SEED)
        chip = RingChip()
        node = chip.boot()
        while chip.true_ms < TRUE_AT_START + 600_000:
            due = node.turn()
            assert node.stage.count == 0, chip.lines
            if with_sleeps:
                node.queue.rest(node.stage)
            chip.pass_ms(max(1, due - chip.rtc_ms()))
            if with_sleeps:
                node = chip.boot()
        delivery.send(node)
        assert check_all_there(chip, node) == 0 and len(chip.log) >= 60
        assert rows_reported(chip) == list(range(node.queue.next_row)), chip.lines
        assert "gap" not in "".join(chip.lines) and not chip.server.copies
        assert len(chip.server.points) == node.queue.readings == node.uploads[0].ledger.delivered
