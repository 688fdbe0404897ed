"""A full queue with uplinks, and its thinning."""

import os

from support.queue.folders import fresh, mounted_again
from wherry.queue import thinning
from wherry.queue.queue import Queue
from wherry.rows.frame import ROWS
from wherry.rows.mask import count_bits
from wherry.sending.begin import begin
from wherry.sending.upload import Upload

ENV = (("temperature", "°C", 2), ("humidity", "%", 2), ("pressure", "hPa", 2), ("boots", "", 0))
SENSORS, HEALTH, OWN_COUNT = 7, 8, 1
SIZE_FULL = 1000
NOW_S = 848_000_000


def stored(flags, boot, s, ms):
    return s, ms


class Rig:
    """A queue of small segments with two uplinks; `rows` holds all that was ever appended."""

    def __init__(self, size_max=10 * SIZE_FULL, kind=ROWS, labels=("a", "b")):
        self.root = fresh()
        self.labels = labels
        self.size_max = size_max
        self.kind = kind
        self.rows = []
        self.sent = {}
        self.settings = {label: {} for label in labels}
        os.mkdir(self.root + "/cursors")
        self.open(None)

    def open(self, hint):
        form = ENV, False, self.size_max, hint, self.kind, OWN_COUNT
        self.queue = Queue(self.root, *form)
        self.queue.on_drop = self.count_dropped
        self.queue.uploads = self.uploads = [
            Upload(
                label, None, self.settings[label], self.queue, self.queue.ledger(label),
                self.root + "/aside", stored,
            )
            for label in self.labels
        ]  # fmt: skip

    def count_dropped(self, end, settled):
        for upload in self.uploads:
            upload.ledger.drop(end, settled)
        return True

    def restart(self):
        mounted_again()
        self.open(None)
        for upload in self.uploads:
            begin(upload, 0)

    def append(self, masks):
        """Append a row for each mask."""
        first = len(self.rows)
        for mask in masks:
            i = len(self.rows)
            values = [i * (7919 + j) % 9973 for j in range(count_bits(mask))]
            self.rows.append((0, 0, NOW_S + 60 * i, 0, mask, values))
        assert self.queue.extend(self.rows[first:]) == len(masks)

    def fill(self, count, masks=(SENSORS,), now_s=NOW_S):
        """Append `count` rows, and thin as a node does at the end of each turn."""
        for i in range(0, count, 5):
            self.append([masks[(i + j) % len(masks)] for j in range(5)])
            if self.queue.is_thinning:
                thinning.work(self.queue, now_s)

    def deliver(self, upload, count):
        """Deliver up to `count` readings; check that each is delivered for the first time."""
        batch = upload.batch
        batch.open(count)
        taken = self.sent.setdefault(upload.name, set())
        while batch.next():
            assert self.rows[batch.row][2] == batch.s
            batch.take(batch.mask)
            for i in range(len(ENV)):
                if batch.mask >> i & 1:
                    # The set has numbers, because MicroPython is slow at finding tuples in a set.
                    number = len(ENV) * batch.row + i
                    assert number not in taken, (batch.row, i)
                    taken.add(number)
        if batch.count:
            upload.deliver()

    def walk(self, row=0):
        """Return the numbers of the rows in the queue; check that each row is unchanged."""
        reader = self.queue.reader()
        reader.seek(row)
        found = []
        while reader.next():
            rows = reader.rows
            values = [v for i, v in enumerate(rows.values) if i < 4 and rows.mask >> i & 1]
            reported = rows.flags, rows.boot, rows.s, rows.ms, rows.mask, values
            assert reported == self.rows[rows.row], (rows.row, reported, self.rows[rows.row])
            found.append(rows.row)
        return found

    def check(self):
        """Check that each uplink's counters account for every reading once."""
        found = self.walk()
        assert found == sorted(set(found)) and not self.queue.damaged
        assert self.queue.readings == sum([count_bits(row[4]) for row in self.rows])
        for upload in self.uploads:
            ledger = upload.ledger
            waiting = 0
            for row in found:
                if row >= ledger.row:
                    mask = self.rows[row][4]
                    mask = mask >> ledger.channel if row == ledger.row else mask
                    waiting += count_bits(mask)
            assert upload.waiting() == waiting, (upload.name, upload.waiting(), waiting)
            assert ledger.delivered == len(self.sent.get(upload.name, ())) and not ledger.damaged
            again = self.queue.ledger(upload.name)
            assert again.settled() == ledger.settled() and again.row == ledger.row
