"""Rows of other uplinks, which are passed, counted and dropped; and missing readings."""

import random

from support.sending.selection_rig import CHANNELS, SelectionRig
from support.uplinks.scripted import BEGIN_S, Dialect, Request, ScriptedRig
from wherry.queue.stride import STRIDE_ROWS
from wherry.rows.frame import MS, UNDATED
from wherry.sending import drops, verdict
from wherry.sending.batch.joined import joined_mask
from wherry.sending.batch.selection import Selection

SEED = 20261120
OK = verdict.DELIVERED, 200


def test_rows_of_other_uplinks_are_passed_in_strides_and_counted_when_saved():
    rig = ScriptedRig(0, Selection(["humidity"], {}))
    rig.queue.extend([(0, 0, BEGIN_S, 0, 1, [1]) for _ in range(STRIDE_ROWS + 6)])
    outcome = rig.step(*OK)
    assert (outcome.kind, outcome.note) == (verdict.AGAIN, "rows belong to other uplinks")
    ledger = rig.ledger
    assert (ledger.row, ledger.channel, ledger.others) == (STRIDE_ROWS, 0, STRIDE_ROWS)
    assert rig.saved().row == 0
    assert rig.step(*OK).kind is None and not rig.sent
    saved = rig.saved()
    assert (saved.row, saved.channel, saved.others) == (STRIDE_ROWS + 6, 0, STRIDE_ROWS + 6)
    assert rig.upload.waiting() == 0
    # A delivery of this uplink's reading saves the count of other uplinks' readings before it.
    for mask in (1, 3, 1):
        rig.add(0, 0, BEGIN_S, mask=mask)
    rig.step(*OK)
    saved = rig.saved()
    assert rig.sent == [[(STRIDE_ROWS + 7, 1)]] and saved.others == STRIDE_ROWS + 8
    assert (saved.row, saved.channel, saved.delivered) == (STRIDE_ROWS + 7, 2, 1)
    assert rig.step(*OK).kind is None and rig.saved().others == STRIDE_ROWS + 9


def test_a_row_without_a_time_is_not_passed():
    rig = ScriptedRig(0, Selection(["humidity"], {}))
    rig.add(0, 0, BEGIN_S, mask=1)
    rig.add(MS | UNDATED, 4, 100, mask=3)
    assert rig.step(boot=4).kind is None
    assert (rig.ledger.row, rig.ledger.others, rig.ledger.damaged) == (0, 0, 0)
    outcome = rig.step(boot=5)
    assert (outcome.kind, outcome.note) == (verdict.AGAIN, "a reading without a time is set aside")
    ledger = rig.saved()
    assert (ledger.row, ledger.channel, ledger.set_aside, ledger.others) == (1, 2, 1, 2)


def test_differences_between_the_counters_and_the_flash_are_settled():
    for off, damaged in ((0, 0), (1, 1), (5, 5), (-1, 0), (-3, 0)):
        rig = ScriptedRig(2)
        rig.step(*OK)
        rig.queue.readings += off
        assert rig.step().kind is None
        assert rig.ledger.damaged == damaged and rig.upload.waiting() == 0, off
        assert rig.queue.readings == 4 + max(0, off)
        assert rig.saved().damaged == damaged


class Fetching(Dialect):
    """A dialect that requests a token first."""

    def next_request(self, settings, session, batch):
        return Request([])


def test_a_lost_answer_to_a_request_without_readings_accuses_no_reading():
    for dialect, strikes in ((Fetching(), None), (Dialect(), 1)):
        rig = ScriptedRig(3, is_session=True)
        rig.upload.dialect = dialect
        # The batch still has the counts of the previous one.
        rig.upload.batch.count = rig.upload.batch.count_max = 9
        assert isinstance(rig.step(), OSError)
        trouble = rig.upload.trouble
        assert (trouble and trouble.strikes) == strikes


def test_waiting_readings_are_estimated_from_those_settled_so_far():
    for delivered, others, waiting, about in (
        (0, 0, 100, 102), (0, 99, 100, 3), (99, 100, 100, 52), (99, 0, 100, 102), (9, 89, 0, 2),
        (0, 1, 3, 3),
    ):  # fmt: skip
        rig = ScriptedRig(0, Selection("all", {}))
        rig.ledger.delivered, rig.ledger.others = delivered, others
        rig.queue.readings = delivered + others + waiting
        assert rig.upload.own_waiting() == about, (delivered, others, waiting)
        plain = ScriptedRig(0)
        plain.queue.readings = waiting
        assert plain.upload.own_waiting() == waiting


def test_readings_of_other_uplinks_before_a_drop_are_counted_from_the_cursor_on():
    random.seed(SEED)
    rig = SelectionRig(Selection(["humidity", "lat"], {}))
    rig.add(40)
    for _ in range(60):
        row, channel, end = random.randrange(40), random.randrange(6), random.randrange(41)
        ledger = rig.upload.ledger
        ledger.row, ledger.channel = row, channel
        rig.upload.counted, rig.uncounted_end = None, end
        drops.count(rig)
        others = [
            (at, i) for at in range(row, end) for i in range(len(CHANNELS))
            if rig.rows[at] >> i & 1 and i != 3 and (at > row or i >= channel)
        ]  # fmt: skip
        if row < end:
            walk = rig.queue.listed, (row, channel, end), len(others)
            assert rig.upload.counted == walk, (row, channel, end)
        else:
            assert rig.upload.counted is None
        assert rig.uncounted_end == 0


def test_a_drop_waits_until_its_readings_are_counted():
    rig = SelectionRig(Selection(["humidity"], {}))
    rig.add(10)
    ledger = rig.upload.ledger
    settled = rig.readings(31)
    rig.is_sending = True
    assert not drops.allow(rig, 10, settled) and not rig.uncounted_end
    rig.is_sending = False
    assert not drops.allow(rig, 10, settled) and rig.uncounted_end == 10
    drops.count(rig)
    counted = rig.upload.counted
    # A count is invalid if the cursor or the end has changed, or if segments have been thinned.
    for void in (
        (list(counted[0]), counted[1], counted[2]), (counted[0], (0, 0, 9), counted[2]),
        (counted[0], (0, 1, 10), counted[2]),
    ):  # fmt: skip
        rig.upload.counted, rig.uncounted_end = void, 0
        assert not drops.allow(rig, 10, settled) and rig.uncounted_end == 10, void
        assert (ledger.row, ledger.others, ledger.dropped) == (0, 0, 0)
    rig.upload.counted = counted
    assert drops.allow(rig, 10, settled) and rig.upload.counted is None
    assert (ledger.row, ledger.others, ledger.dropped) == (10, rig.readings(23), rig.readings(8))
    # If the cursor is already at the end, nothing more is counted.
    assert drops.allow(rig, 10, settled) and ledger.others == rig.readings(23)


def test_coordinates_of_one_position_are_paired():
    for names, mask, joined in (
        ("lat lon", 3, 2), ("lat lon", 1, 0), ("lat lon", 2, 0), ("lon lat", 3, 2),
        ("lat lat lon", 7, 4), ("lat lon lon", 7, 2), ("lat x lon", 7, 6), ("lat x lon", 5, 6),
        ("x lat lon", 7, 4), ("lat lon lat lon", 15, 10), ("lat x y lon z lng lat", 127, 78),
        ("lat lon", 0, 0), ("a_LAT b_Long", 3, 2), ("latitude longitude", 3, 2),
        ("lat_x lon", 3, 0),
        ("lat lat", 3, 0), ("latitude lat lng", 7, 4), ("x y z", 7, 0), ("", 0, 0),
    ):  # fmt: skip
        channels = [(name, "", 0) for name in names.split()]
        assert joined_mask(channels, mask) == joined, (names, mask)


def test_a_selection_takes_its_channels():
    for channels, held, only, taken in (
        ("all", [], None, 31), ("sensors", [], None, 15), (["lat"], [], None, 0),
        (["latitude", "humidity"], [], None, 10), ("all", ["humidity"], None, 23),
        ("sensors", ["humidity", "temperature"], None, 6), ("all", ["humidity"], "humidity", 8),
        (["latitude"], [], "humidity", 8), (["humidity"], ["humidity"], None, 0),
    ):  # fmt: skip
        selection = Selection(channels, {"humidity": "rh"}, only)
        selection.held = held
        named, mask, joined = selection(CHANNELS)
        assert mask == taken and joined == (4 if taken & 6 == 6 else 0), (channels, held, only)
        assert named[3] == ("rh", "%", 1) and named[0] == CHANNELS[0] and len(named) == 5
    assert Selection("all", {})(CHANNELS)[0] is CHANNELS and Selection("all", {}).held == []
