"""Boots that never learned the time: with "estimate" each is placed between its neighbours, and
its uncertainty is delivered; with "drop" its rows are counted. test_upload.py has "hold".
"""

import os

from support.node.chip import SETTINGS, TRUE_AT_START, UPLINK, Chip, delivered_times
from support.node.texts import stamp_text
from wherry import delivery, small_file
from wherry.queue.ledger import in_file
from wherry.sending.upload import Upload
from wherry.time import anchors
from wherry.uplinks.harbor import dialect as harbor

MINUTE, HOUR = 60_000, 3_600_000


class PolicyChip(Chip):
    """A chip with a choice of `undated`, which samples each minute."""

    def __init__(self, choice):
        self.choice = choice
        super().__init__(dict(SETTINGS))
        self.settings["node"] = dict(SETTINGS["node"])
        self.settings["node"].update({"sample_every_ms": MINUTE, "send_every_ms": 5 * MINUTE})
        self.time = dict(self.time)
        self.time["undated"] = choice
        # Each boot as (true begin, true time of its last row).
        self.spans = []

    def uploads(self, queue, clock):
        settings = dict(UPLINK)
        del settings["undated"]
        if self.choice != "estimate":
            settings["undated"] = self.choice
        ledger = in_file(self.root + "/cursors/harbor")
        parts = queue, ledger, self.root + "/aside", clock.date
        return [Upload("harbor", harbor, settings, *parts)]

    def live(self, ms, off_ms, knows):
        """Switch on for a time, with the time of the network or without, and then off."""
        self.ntp = self.online = knows
        begin_ms = self.true_ms
        node = self.boot()
        self.go_on(node, ms)
        if knows:
            delivery.send(node)
        self.spans.append((begin_ms, self.log[-1] if self.log else begin_ms))
        self.true_ms += off_ms
        self.cut()
        return node

    def kept(self):
        """Return {boot: (ticks, true ms)} of the file of anchors."""
        return anchors.load(self.root + "/anchors")

    def estimate(self, boot):
        """Return (true ms of its begin, rows, uncertainty in ms) of an estimated boot."""
        ticks, true_ms = self.kept()[boot]
        assert ticks < 0
        rows, uncertainty_ms = divmod(-1 - ticks, 1 << 40)
        return true_ms - ticks, rows, uncertainty_ms

    def stated(self):
        """Return [(time, value)] of the uncertainties above ten seconds at the server."""
        name = "node_clock_uncertainty_ms"
        found = [(key[0], point) for key, point in self.server.points.items() if key[2] == name]
        return [each for each in sorted(found) if each[1] > 10_000]


def test_boots_without_time_are_placed_in_the_middle_between_their_neighbours():
    chip = PolicyChip("estimate")
    chip.live(20 * MINUTE, HOUR, True)
    chip.live(10 * MINUTE, 2 * HOUR, False)
    chip.live(30 * MINUTE, HOUR, False)
    node = chip.live(20 * MINUTE, 0, True)
    begins, lasts = [each[0] for each in chip.spans], [each[1] for each in chip.spans]
    length_ms = lasts[1] - begins[1] + lasts[2] - begins[2]
    room_ms = begins[3] - lasts[0] - length_ms
    at, stated = lasts[0] + room_ms // 2, []
    for boot, count in ((2, 10), (3, 30)):
        zero_ms, rows, uncertainty_ms = chip.estimate(boot)
        # The newest row before them is of the node's own channels, a second after the sensor's.
        assert abs(zero_ms - at) < 1000 and rows == count
        assert 0 <= uncertainty_ms - room_ms // 2 <= length_ms // 200 + 5000
        assert abs(zero_ms - begins[boot - 1]) <= uncertainty_ms
        stated.append((zero_ms, uncertainty_ms))
        at += lasts[boot - 1] - begins[boot - 1]
    # Each reading is delivered, those of an estimated boot at the distances of its ticks.
    times = delivered_times(chip, "temperature")
    assert len(times) == len(chip.log) and not node.uploads[0].waiting()
    first = next(each for each in chip.log if each > begins[1])
    text = stamp_text(*divmod(stated[0][0] + first - begins[1], 1000))
    assert [each for each in times if each[:19] == text[:19]]
    found = chip.stated()
    assert [value for _, value in found] == [each[1] for each in stated]
    assert found[0][0][:19] == text[:19]
    assert times == sorted(times)
    lines = [each for each in chip.lines if "no time, " in each]
    assert lines[0] == "boot 2: no time, 10 rows estimated within %d s" % (
        (stated[0][1] + 999) // 1000
    )


def test_without_a_row_before_it_a_boot_is_placed_right_before_the_next():
    chip = PolicyChip("estimate")
    chip.live(30 * MINUTE, 0, False)
    chip.live(10 * MINUTE, 0, True)
    zero_ms, rows, uncertainty_ms = chip.estimate(1)
    assert rows == 30 and abs(zero_ms + chip.spans[0][1] - TRUE_AT_START - chip.spans[1][0]) < 100
    # The firmware's date is a day before.
    assert 86_400_000 < uncertainty_ms < 86_400_000 + HOUR
    assert len(delivered_times(chip, "temperature")) == len(chip.log)


def test_without_a_dated_row_the_time_since_the_last_anchor_is_uncertain():
    chip = PolicyChip("estimate")
    chip.broken = True
    chip.live(30 * MINUTE, HOUR, True)
    chip.broken = False
    chip.live(10 * MINUTE, HOUR, False)
    chip.live(10 * MINUTE, 0, True)
    zero_ms, _, uncertainty_ms = chip.estimate(2)
    begin_ms, last_ms = chip.spans[1]
    assert abs(zero_ms + last_ms - begin_ms - chip.spans[2][0]) < 100
    known_ms = zero_ms - chip.kept()[1][1]
    assert 0 <= uncertainty_ms - known_ms < 10_000


def test_an_estimate_is_durable_before_a_row_is_sent_and_stays():
    chip = PolicyChip("estimate")
    chip.live(10 * MINUTE, HOUR, True)
    chip.live(10 * MINUTE, HOUR, False)
    chip.live(10 * MINUTE, HOUR, True)
    kept = chip.kept()
    chip.live(10 * MINUTE, HOUR, False)
    chip.live(10 * MINUTE, HOUR, True)
    assert [each for each in sorted(chip.kept()) if chip.kept()[each][0] < 0] == [2, 4]
    assert {boot: chip.kept()[boot] for boot in kept} == kept


def test_an_uncertainty_whose_estimate_was_not_saved_is_replaced():
    chip = PolicyChip("estimate")
    chip.live(10 * MINUTE, HOUR, True)
    chip.live(10 * MINUTE, HOUR, False)
    # The rows are queued, but the file cannot be written.
    chip.ntp = chip.online = True
    # More rows state an uncertainty than have a sample.
    chip.settings["node"]["sample_every_ms"] = 30 * MINUTE
    node, path = chip.boot(), chip.root + "/anchors"
    os.rename(path, chip.root + "/kept")
    os.mkdir(path)
    chip.go_on(node, 3 * HOUR)
    os.rmdir(path)
    os.rename(chip.root + "/kept", path)
    assert sorted(chip.kept()) == [1] and node.uploads[0].waiting()
    chip.true_ms += HOUR
    chip.cut()
    node = chip.live(10 * MINUTE, 0, True)
    assert len([each for each in chip.lines if "rows estimated" in each]) > 10
    for boot, count in ((2, 10), (3, 6)):
        zero_ms, rows, uncertainty_ms = chip.estimate(boot)
        assert TRUE_AT_START < zero_ms < chip.true_ms and rows >= count
        assert uncertainty_ms < 2 * HOUR
    assert not node.uploads[0].waiting() and not node.uploads[0].ledger.set_aside
    times = delivered_times(chip, "temperature")
    assert len(times) == len(chip.log)


def test_of_many_boots_the_newest_are_estimated_and_the_others_held():
    chip = PolicyChip("estimate")
    chip.live(10 * MINUTE, HOUR, True)
    for _ in range(40):
        chip.live(2 * MINUTE, MINUTE, False)
    node = chip.live(10 * MINUTE, 0, True)
    kept = chip.kept()
    assert [boot for boot in sorted(kept) if kept[boot][0] < 0] == list(range(10, 42))
    # Each boot has 2 rows with 2 readings.
    assert node.uploads[0].ledger.set_aside == 8 * 4 and not node.uploads[0].waiting()
    assert len([each for each in chip.lines if "rows estimated" in each]) == 32
    assert len(chip.stated()) == 32


def test_the_uncertainty_includes_the_drift_of_a_clock_that_was_offline_before():
    chip = PolicyChip("estimate")
    node = chip.boot()
    chip.go_on(node, 10 * MINUTE)
    chip.online = False
    chip.go_on(node, 50 * HOUR)
    chip.true_ms += MINUTE
    chip.cut()
    chip.live(10 * MINUTE, MINUTE, False)
    chip.live(10 * MINUTE, 0, True)
    # 0.5 % of 50 hours.
    assert 15 * MINUTE <= chip.estimate(2)[2] < 18 * MINUTE


def test_rows_wait_while_a_later_time_may_still_date_them():
    chip = PolicyChip("estimate")
    chip.live(10 * MINUTE, HOUR, False)
    chip.ntp, chip.online = False, True
    node = chip.boot()
    chip.go_on(node, 10 * MINUTE)
    ledger = node.uploads[0].ledger
    assert (ledger.set_aside, ledger.dropped, node.uploads[0].waiting()) == (0, 0, 40)


def test_a_damaged_file_of_anchors_leads_to_no_estimate_and_the_rows_are_held():
    chip = PolicyChip("estimate")
    chip.live(10 * MINUTE, HOUR, True)
    chip.live(10 * MINUTE, HOUR, False)
    small_file.write(chip.root + "/anchors", b"damaged")
    with open(chip.root + "/anchors", "r+b") as file:
        file.write(b"x")
    node = chip.live(10 * MINUTE, HOUR, True)
    assert sorted(chip.kept()) == [3]
    assert node.uploads[0].ledger.set_aside == 20


def test_dropped_rows_are_counted_and_the_others_are_sent():
    chip = PolicyChip("drop")
    chip.live(10 * MINUTE, HOUR, True)
    chip.live(300 * MINUTE, HOUR, False)
    chip.live(10 * MINUTE, HOUR, False)
    node = chip.live(10 * MINUTE, HOUR, True)
    ledger = node.uploads[0].ledger
    assert (ledger.dropped, ledger.set_aside, node.uploads[0].waiting()) == (620, 0, 0)
    assert len(delivered_times(chip, "temperature")) == len(chip.log) - 310
    assert not chip.stated() and len(chip.kept()) == 2
