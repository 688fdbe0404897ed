"""Uplinks with some of the channels: each reading has one outcome, and pairs stay together."""

import random

from support.ring.device import Device
from support.sending.selection_rig import CHANNELS, SelectionRig
from support.uplinks.scripted import BEGIN_S, Dialect, Request, ScriptedRig
from wherry.queue.stride import STRIDE_ROWS
from wherry.rows.frame import MS, UNDATED
from wherry.sending import drops, verdict
from wherry.sending.batch.joined import joined_mask
from wherry.sending.batch.selection import Selection

SEED = 20261120
PAIR = ("latitude", "longitude")


def test_each_reading_is_delivered_or_counted_as_others():
    random.seed(SEED)
    print("40 cases, seed", SEED)
    names = [name for name, _, _ in CHANNELS]
    for case in range(40):
        chosen = [name for name in names if random.random() < 0.5] or ["humidity"]
        rig = SelectionRig(Selection(chosen, {"humidity": "rh"}))
        taken = sum([1 << i for i in range(len(names)) if names[i] in chosen])
        for _ in range(3):
            rig.add(random.randint(1, 60))
            # The second run finds nothing to send.
            rig.run()
            rig.run()
            ledger = rig.upload.ledger
            assert rig.upload.waiting() == 0, case
            assert ledger.delivered == rig.readings(taken) == len(rig.server.points), case
            assert ledger.others == rig.readings(31 & ~taken), case
            assert ledger.row == rig.queue.next_row and not rig.server.copies, case
        cargos = {key[2] for key in rig.server.points}
        assert cargos <= {"rh" if name == "humidity" else name for name in chosen}


def test_the_nodes_own_channels_can_be_left_out():
    rig = SelectionRig(Selection("sensors", {}))
    rig.add(50)
    rig.run()
    assert rig.upload.ledger.others == rig.readings(16)
    assert rig.upload.ledger.delivered == rig.readings(15)


def test_pairs_are_never_split():
    random.seed(SEED)
    for count_max in (1, 2, 3, 5, 7, 200):
        rig = SelectionRig(Selection("all", {}))
        batches = []
        take = rig.server._take

        def noted(items, take=take, batches=batches):
            batches.append(items)
            return take(items)

        rig.server._take = noted
        rig.upload.count_max = rig.upload.ledger.count_limit = count_max
        rig.add(40)
        rig.run()
        assert rig.upload.waiting() == 0
        assert max([len(items) for items in batches]) <= max(2, count_max)
        for items in batches:
            of_pair = [item["time"] for item in items if item["cargo_id"] in PAIR]
            assert len(of_pair) == 2 * len(set(of_pair)), items


def test_a_pair_that_is_refused_is_set_aside_as_a_pair():
    rig = SelectionRig(Selection("all", {}))
    rig.add(60)
    bad = [i for i in range(60) if rig.rows[i] & 6][20]
    rig.server.refuse = lambda item: item["cargo_id"] in PAIR and item["value"] == bad / 100000
    rig.run()
    ledger = rig.upload.ledger
    assert (ledger.set_aside, rig.upload.waiting()) == (2, 0), ledger.set_aside
    assert ledger.delivered == rig.readings(31) - 2


def test_drops_count_only_readings_of_the_uplink():
    for device in (None, Device(5)):
        check_drops(SelectionRig(Selection(["humidity"], {}), size_max=32_720 * 2, device=device))


def check_drops(rig):
    rig.queue.on_drop = lambda end, settled: drops.allow(rig, end, settled)
    random.seed(SEED)
    while not rig.upload.ledger.dropped:
        rig.add(200)
    end = rig.upload.ledger.row
    kept, rig.rows = rig.rows, rig.rows[:end]
    assert rig.upload.ledger.dropped == rig.readings(8)
    assert rig.upload.ledger.others == rig.readings(23)
    rig.rows = kept
    rig.run()
    assert rig.upload.waiting() == 0
    assert rig.upload.ledger.settled() == rig.readings(31)


def test_a_position_is_recognised_by_its_names():
    table = (
        (("lat", "lon"), True),
        (("gps_lat", "gps_lng"), True),
        (("Longitude", "Latitude"), True),
        (("latitude", "altitude"), False),
        (("flat", "long"), False),
        (("temperature",), False),
    )
    for names, found in table:
        assert bool(joined_mask([(name, "", 0) for name in names], -1)) == found, names
    channels = [(name, "", 0) for name in ("lat", "x", "lon", "lat_2", "a_lat", "b_lon")]
    assert Selection("all", {})(channels)[2] == 0b100110


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


def test_a_walk_over_rows_of_other_uplinks_has_the_documented_bound():
    # The table of walks in docs/design/queue.md documents this number.
    assert STRIDE_ROWS == 1024


def test_a_row_without_a_time_is_not_passed():
    rig = ScriptedRig(0, Selection(["humidity"], {}))
    rig.add(0, 0, BEGIN_S, mask=1)
    rig.add(MS | UNDATED, 4, 100, mask=3)
    assert rig.step(boot=4).kind is None
    assert (rig.ledger.row, rig.ledger.others, rig.ledger.damaged) == (0, 0, 0)
    rig.upload.settings["undated"] = "hold"
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
