"""The readings of a batch, compared with lists, from every start and for every size."""

import random

from support.queue.folders import fresh
from wherry import small_file
from wherry.queue.ledger import in_file
from wherry.queue.queue import Queue
from wherry.reading import NO_MS
from wherry.rows.frame import MS, UNDATED
from wherry.sending.batch.batch import Batch
from wherry.sending.batch.selected_batch import SelectedBatch
from wherry.sending.batch.selection import Selection

SEED = 20261120
CHANNELS = (
    ("temperature", "°C", 2), ("lat", "", 5), ("lon", "", 5), ("humidity", "%", 1),
    ("node_rssi", "", 0),
)  # fmt: skip
PAIR = 6
BEGIN_S = 848_000_000


def dated(flags, boot, s, ms):
    """Date rows of boot 7 by their ticks; the time of another boot is unknown."""
    return (BEGIN_S + s, ms + 1) if boot == 7 else None


class Rig:
    """A queue of random rows; `rows` has (mask, stamp), with None for a row without a time."""

    def __init__(self, row_count, is_dated=True):
        self.root = fresh()
        small_file.make_folder(self.root + "/cursors")
        self.queue = Queue(self.root, CHANNELS, True, 400_000)
        self.ledger = in_file(self.root + "/cursors/u")
        self.rows = []
        for i in range(row_count):
            mask = random.randrange(1, 32)
            flags, boot, s, ms = random.choice((
                (MS, 0, BEGIN_S + i, i % 1000), (0, 0, BEGIN_S + i, 0),
                (MS | UNDATED, 7, i, 5), (UNDATED, 7, i, 0), (MS | UNDATED, 3, i, 5),
            )[: 4 if is_dated else 5])  # fmt: skip
            stamp = BEGIN_S + i, (ms + (boot > 0)) if flags & MS else NO_MS
            self.rows.append((mask, None if boot == 3 else stamp))
            self.append(flags, boot, s, ms, mask)

    def append(self, flags, boot, s, ms, mask):
        row = self.queue.next_row
        values = [10 * row + i for i in range(5) if mask >> i & 1]
        self.queue.append(flags, boot, s, ms, mask, values)

    def wanted(self, row, channel, skip, count):
        """Return the expected batch's [(row, channel, stamp)], and True if a row has no time."""
        found = []
        for at in range(row, len(self.rows)):
            mask, stamp = self.rows[at]
            left = [i for i in range(5) if mask >> i & 1 and (at > row or i >= channel)]
            if left and count and len(found) < skip + count and stamp is None:
                return found[skip:], True
            found += [(at, i, stamp) for i in left]
        return found[skip : skip + count], False


def walked(batch):
    """Take the whole batch; return it as `Rig.wanted` does."""
    found = []
    while batch.next():
        for i in range(5):
            if batch.mask >> i & 1:
                assert batch.values[i] == 10 * batch.row + i and batch.channels[i][0]
                found.append((batch.row, i, (batch.s, batch.ms)))
        batch.take(batch.mask)
    return found


def test_a_batch_has_the_readings_of_a_list():
    random.seed(SEED)
    for case in range(6):
        rig = Rig(12, is_dated=case % 2 == 0)
        batch = Batch(rig.queue.reader(), rig.ledger, dated)
        for _ in range(50):
            row, channel = random.randrange(12), random.randrange(6)
            rig.ledger.row, rig.ledger.channel = row, channel
            count, batch.skip = random.randrange(0, 40), random.choice((0, 0, 1, 2, 9))
            batch.open(count)
            assert batch.end() == (row, channel) and batch.count == 0 and not batch.undated
            found = walked(batch)
            wanted, undated = rig.wanted(row, channel, batch.skip, count)
            assert found == wanted, (case, row, channel, batch.skip, count)
            assert (batch.count, batch.count_max) == (len(wanted), count)
            assert batch.undated == undated and (not undated or batch.boot == 3)
            if wanted:
                assert batch.end() == (wanted[-1][0], wanted[-1][1] + 1)


def chosen(rig, names, limit, held=()):
    """Deliver all in batches of `limit`; return their places, the count of others, the batch."""
    selection = Selection(names, {})
    selection.held = list(held)
    batch = SelectedBatch(rig.queue.reader(), rig.ledger, dated, selection, rig.queue)
    sent, others = [], 0
    while True:
        batch.open(limit)
        found = [place[:2] for place in walked(batch)]
        if not found:
            return sent, others, batch
        assert batch.count == len(found)
        others += batch.reader.others(*batch.end())
        rig.ledger.row, rig.ledger.channel = batch.end()
        sent.append(found)


def cut(places, limit):
    """Cut readings into batches of at most `limit`, never within a position."""
    units = []
    for row, i in places:
        is_second = units and i == 2 and units[-1][-1] == (row, 1)
        if is_second:
            units[-1].append((row, i))
        else:
            units.append([(row, i)])
    found = []
    for unit in units:
        # A batch may end in the middle of a row.
        if not found or len(found[-1]) + len(unit) > limit:
            found.append([])
        found[-1] += unit
    return found


def test_a_selection_is_sent_in_batches_that_split_no_position_and_the_rest_is_counted():
    random.seed(SEED)
    for case in range(15):
        rig = Rig(15)
        names = [name for name, _, _ in CHANNELS if random.randrange(3)] or ["lat", "lon"]
        held = [name for name in names if not random.randrange(5)]
        limit = random.randrange(1, 9)
        taken = [i for i in range(5) if CHANNELS[i][0] in names and CHANNELS[i][0] not in held]
        masks = [mask for mask, _ in rig.rows]
        places = [(at, i) for at in range(15) for i in taken if masks[at] >> i & 1]
        sent, others, batch = chosen(rig, names, limit, held)
        assert sent == cut(places, limit), (case, names, held, limit)
        row, channel = rig.ledger.row, rig.ledger.channel
        passed = [
            (at, i) for at in range(15) for i in range(5)
            if masks[at] >> i & 1 and i not in taken and (at, i) < (row, channel)
        ]  # fmt: skip
        assert others == len(passed), (case, names, held, limit)
        # The other readings belong to other uplinks. The walk has counted them up to the last row.
        rest = [(at, i) for at in range(15) for i in range(5) if masks[at] >> i & 1]
        assert batch.reader.passed == len([place for place in rest if place >= (row, channel)])
        assert not batch.reader.stride.is_cut


def test_a_pair_larger_than_the_batch_limit_is_sent_whole_and_alone():
    rig = Rig(0)
    for mask in (PAIR, 31, PAIR):
        rig.append(0, 0, BEGIN_S, 0, mask)
    sent, _, _ = chosen(rig, "all", 1)
    assert [len(each) for each in sent] == [2, 1, 2, 1, 1, 2]
