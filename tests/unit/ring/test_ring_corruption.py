"""A ring with damage anywhere, opened with and without a hint in RTC memory.

No error is raised, no row in intact frames is lost, lost rows are counted, and no row is invented.
Without a hint, a lost last frame cannot be distinguished from one that was never written.
"""

import os
import random

from support.queue.damage import damages, read_file, write_file
from support.queue.folders import fresh
from support.queue.rows import ENV, append
from support.ring.device import PAGE_SIZE, Device, note, read_rows
from wherry.ring.ring import Ring
from wherry.rows.frame import MS, RICE, UNDATED

SEED = random.getrandbits(30)
LABEL = "harbor"
HEAD_SIZE = 24
# The channels of the rows in each page; a change of channels begins a page before one is full.
CHANNELS = (ENV[:2], ENV[:1], ENV[:2], ENV)


class Store:
    """A ring of some pages with a few rows each, to be damaged; `places` has each row's place."""

    def __init__(self, page_count):
        self.root = fresh()
        self.device = Device(page_count)
        self.model, self.places, self.drops = [], [], [0]
        for channels in CHANNELS:
            self.open(channels)
            for i in range(6):
                self._add(channels, i)
            self.ledger = self.ring.ledger(LABEL)
            self.ledger.row = len(self.model) - 3
            self.ledger.delivered += 5
            self.ledger.save()
        self.hint = self.ring.hint()
        self.content = bytes(self.device.cells)

    def open(self, channels, hint=None):
        self.ring = Ring(self.device, self.root, channels, False, hint, None, None, RICE)
        self.ring.on_drop = lambda end, readings: self.drops.append(end) or True

    def _add(self, channels, i):
        count = 5 if i == 4 else 1
        rows = []
        for _ in range(count):
            n = len(self.model) + len(rows)
            flags, boot = (MS | UNDATED, 3) if i == 3 else (0, 0)
            values = [2000 + n * 7 % 11, 4000 - n * n % 90, 99_000 + n][: len(channels)]
            rows.append((flags, boot, 1000 + 60 * n, 0, (1 << len(channels)) - 1, values))
        first = self.ring.next_row
        if count > 1:
            self.ring.extend(iter(rows))
        else:
            self.ring.append(*rows[0])
        for j in range(count):
            note(self.model, first + j, rows[j], channels)
            self.places.append(self.ring.page * PAGE_SIZE + self.ring.offset)

    def rows(self):
        """Return the rows of the undamaged ring."""
        return self.model[self.drops[-1] :]

    def surely(self, at):
        """Return the rows that cannot be affected by damage from byte `at` to the page's end."""
        found = []
        for row, end in zip(self.model, self.places):
            same_page = end // PAGE_SIZE == at // PAGE_SIZE
            if row[0] >= self.drops[-1] and (
                not same_page or (end <= at and at % PAGE_SIZE >= HEAD_SIZE)
            ):
                found.append(row)
        return found

    def check(self, surely, hint, case):
        """Open the damaged ring, read and append; return True if rows are lost."""
        drops = list(self.drops)
        self.open(ENV, hint)
        ring = self.ring
        rows = self._check_rows(surely, case)
        lost = len(rows) < len(self.rows())
        counted = ring.damaged or ring.readings > sum([len(row[5]) for row in rows])
        gone = self.model and (not rows or rows[-1][0] < self.model[-1][0])
        assert not lost or counted or (gone and not hint), case
        assert ring.next_row >= len(self.model) or not hint, case
        ledger = ring.ledger(LABEL)
        ledger.delivered += 1
        ledger.save()
        number = ring.append(0, 0, 90_000, 0, 5, [1, -1])
        self.open(ENV)
        found = read_rows(self.ring)
        assert found[-1] == (number, 0, 0, 90_000, 0, {"temperature": 1, "pressure": -1}), case
        assert self.ring.next_row == number + 1, case
        self.drops = drops
        return lost

    def _check_rows(self, surely, case):
        rows = read_rows(self.ring)
        assert [row for row in surely if row not in rows] == [], case
        assert [row for row in rows if row not in self.model] == [], case
        assert self.ring.readings >= sum([len(row[5]) for row in rows]), case
        return rows

    def used(self):
        """Yield the offsets of all bytes that are not erased."""
        for at in range(len(self.content)):
            if self.content[at] != 255:
                yield at


def check_flips(page_count):
    random.seed(SEED)
    store = Store(page_count)
    count = lost = 0
    for at in store.used():
        flip = random.choice((1 << random.getrandbits(3), 255, store.content[at] or 1))
        store.device.cells[:] = store.content
        store.device.cells[at] ^= flip
        hint = store.hint if random.getrandbits(1) else None
        lost += store.check(store.surely(at), hint, (SEED, at, flip, hint))
        count += 1
    print("%d cases, %d lost rows, seed %d" % (count, lost, SEED))
    assert lost


def test_damage_from_each_byte_on_in_a_young_ring():
    check_flips(5)


def test_damage_from_each_byte_on_in_a_ring_that_has_wrapped():
    check_flips(3)


def test_each_length():
    random.seed(SEED)
    store = Store(5)
    count = 0
    for at in store.used():
        store.device.cells[:] = store.content
        rest = len(store.content) - at
        store.device.cells[at:] = (b"\0" if count % 8 == 0 else b"\xff") * rest
        surely = [row for row, end in zip(store.model, store.places) if end <= at]
        if at % PAGE_SIZE < HEAD_SIZE:
            surely = [row for row in surely if row[0] < store.drops[-1]]
        store.check(surely, (None, store.hint)[count % 3 % 2], (SEED, at))
        count += 1
    print("%d lengths" % count)


def test_the_names_of_channels():
    random.seed(SEED)
    store = Store(5)
    folder = store.root + "/schemas"
    count = 0
    for name in os.listdir(folder):
        path = folder + "/" + name
        good = read_file(path)
        for case, content in damages(good):
            if count % 6 == 0:
                store.device.cells[:] = store.content
                write_file(path, content)
                hint = store.hint if count % 2 else None
                store.check([], hint, (SEED, name) + case)
            count += 1
        write_file(path, good)
    print("%d cases, seed %d" % (count // 6, SEED))


def test_a_foreign_partition_is_a_ring_without_rows():
    random.seed(SEED)
    for case in range(30):
        device = Device(3)
        for i in range(len(device.cells)):
            device.cells[i] = random.getrandbits(8)
        ring = Ring(device, fresh(), ENV, False)
        assert read_rows(ring) == [] and ring.next_row == 0, case
        for i in range(3):
            append(ring, [], (0, 0, 1000 + i, 0, 7, [i, i, i]))
        assert [row[0] for row in read_rows(ring)] == [0, 1, 2]
