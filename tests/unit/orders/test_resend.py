"""A resend's batches: their readings, and the readings that remain after a delivery."""

import random

from support.node.chip import SEED, TRUE_AT_START
from support.orders.ordered_chip import OrderedChip, counts
from support.queue.aside import add
from support.queue.folders import fresh
from wherry.orders.resend import AsideReader
from wherry.rows.frame import MS
from wherry.sending.refusal.aside_files import Aside

# The largest number of readings held in memory, except that all of the first row are held.
HELD_MAX = 16


def held(places, row):
    """Set readings aside; return the places (row, index) in a batch that begins at `row`."""
    folder = fresh() + "/aside"
    aside = Aside(folder)
    for at, i in places:
        add(folder, at, i, ("c%d" % i, "", 0), at, 1000 + at, -1, 400, "no", "harbor")
    reader = AsideReader(aside, lambda entry: True)
    reader.seek(row)
    found = []
    while reader.next():
        assert (reader.s, reader.ms, reader.flags) == (1000 + reader.row, -1, 0)
        for i in range(len(reader.values)):
            if reader.mask >> i & 1:
                assert reader.values[i] == reader.row and reader.channels[i][0] == "c%d" % i
                found.append((reader.row, i))
    return found


def test_a_batch_has_the_first_readings_set_aside_and_never_splits_a_row():
    random.seed(SEED)
    for sizes, row, count in (
        ([1] * 15, 0, 15), ([1] * 16, 0, 16), ([1] * 17, 0, HELD_MAX), ([1] * 60, 0, HELD_MAX),
        ([1] * 60, 30, HELD_MAX), ([3, 3] + [1] * 20, 0, HELD_MAX), ([1] * 9, 4, 5),
        # The row in which a walk begins is complete, because a batch may have ended within it.
        ([16, 1, 1], 0, 16), ([20, 1, 1], 0, 20), ([20, 20, 1], 0, 20), ([2, 20, 1], 1, 20),
        ([2, 20, 1], 0, HELD_MAX), ([2, 2], 9, 0), ([], 0, 0),
    ):  # fmt: skip
        places = [(at, i) for at in range(len(sizes)) for i in range(sizes[at])]
        first = [place for place in places if place[0] >= row][:count]
        for _ in range(3):
            assert held(places, row) == first, (sizes, row)
            # Readings of held channels are set aside in any order.
            places = sorted(places, key=lambda place: random.random())


def test_rows_keep_their_stamps_and_each_place_has_one_name():
    folder = fresh() + "/aside"
    aside = Aside(folder)
    # After a deploy, from row 3 on, the first place has another channel.
    for row, i, name, ms in ((1, 0, "a", 0), (2, 2, "c", -1), (3, 0, "b", 7), (4, 2, "c", 8)):
        add(folder, row, i, (name, "", 3), 10 * row, 1000, ms, 400, "no", "u")
    reader = AsideReader(aside, lambda entry: True)
    for first, expected, width in (
        (0, [(1, 1, 0, MS), (2, 4, -1, 0)], 3), (3, [(3, 1, 7, MS), (4, 4, 8, MS)], 3), (5, [], 0),
    ):  # fmt: skip
        reader.seek(first)
        found = []
        while reader.next():
            found.append((reader.row, reader.mask, reader.ms, reader.flags))
            assert (reader.s, reader.boot) == (1000, 0)
            assert reader.values[0 if reader.mask == 1 else 2] == 10 * reader.row
        assert found == expected and len(reader.values) == len(reader.channels) == width
    reader.seek(3)
    assert reader.channels[0] == ("b", "", 3) and reader.channels[1] == ("", "", 0)


def refused_twice():
    """Return a chip with the first four readings set aside, two of them twice."""
    random.seed(SEED)
    chip = OrderedChip()
    chip.server.refuse = lambda item: (
        item["cargo_id"] in ("temperature", "humidity") and (abs(item["value"]) in (0.01, 0.02))
    )
    chip.run(TRUE_AT_START + 300_000)
    chip.server.refuse = lambda item: False
    kept = list(Aside(chip.root + "/aside").readings())
    assert kept[0][:2] == (0, 0) and len(kept) == 4 == counts(chip)[1]
    for row, i, name, value, decimals, s, ms, status, reason, uplink in kept[:2]:
        # The copies are as after a power cut before the cursor moved; one is of another uplink.
        for label in ("x", uplink):
            channel = name, "", decimals
            add(chip.root + "/aside", row, i, channel, value, s, ms, status, reason, label)
    return chip


def test_a_reading_kept_twice_is_sent_and_counted_once_and_removed():
    chip = refused_twice()
    chip.order("resend-harbor")
    chip.carried_out()
    assert chip.reported("order: resend-harbor: done") == [
        "order: resend-harbor: done, 4 sent again, 0 refused"
    ]
    delivered, set_aside, settled = counts(chip)
    assert delivered == settled == len(chip.server.points) and not set_aside
    # Readings of a removed uplink stay.
    assert [each[9] for each in Aside(chip.root + "/aside").readings()] == ["x", "x"]
    assert not chip.server.copies
