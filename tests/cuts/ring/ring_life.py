"""A ring's life: random rows, one by one and many at a time, two ledgers, sleeps and power cuts.

After each action the flash has the writes; `before` and `truth` are what must be safe.
"""

import os
import random

from flash import Flash
from support.queue.folders import fresh
from truth import Truth, expect
from wherry.reading import VALUE_MAX
from wherry.ring.ring import Ring
from wherry.rows.frame import RICE, ROWS

ENV = (("temperature", "°C", 2), ("humidity", "%", 2), ("pressure", "hPa", 2))
WIDE = tuple([("channel_%d" % i, "", 0) for i in range(24)])
LABELS = ("harbor", "here-2")
_ACTIONS = ("append",) * 20 + ("extend",) * 4 + ("deliver",) * 6 + ("sleep",) * 6 + (
    "crash", "lose_power", "change_channels", "change_coding", "begin_boot", "learn_time", "send",
    "save_hint",
)  # fmt: skip
# With this many pages, a search that reads every head exceeds READS_MAX.
PAGES_MANY = 24
_FILLS = (0, 30, 100, 180)
_ENOSPC = 28
_HEAD_SIZE = 24


class NoRoomError(Exception):
    """A ledger lacks room until a page may be dropped; the next page then saves it."""


class Partition(Flash):
    """A raw partition: no page may name a schema whose channels are not written."""

    folder = ""

    def writeblocks(self, block, buffer, offset=0):
        if offset == 0 and len(buffer) == _HEAD_SIZE and buffer[0]:
            schema = int.from_bytes(bytes(buffer[16:20]), "little")
            names = os.listdir(self.folder)
            expect("%08x" % schema in names, "a schema is kept before it is named", names)
        super().writeblocks(block, buffer, offset)


def counts_of(ledger) -> tuple:
    """Return the cursor and the counters."""
    return (
        ledger.row, ledger.channel, ledger.delivered, ledger.set_aside, ledger.dropped,
        ledger.thinned, ledger.damaged,
    )  # fmt: skip


class RingLife:
    """`truth` grows with every action that returns, `before` is the truth before the action.

    saved: for each ledger, (writes done, its counts) at the start and at each save since;
    ends: (writes done, row) of each drop, which removes the rows before `row`.
    """

    def __init__(self, flash=None, truth=None, root=None):
        channels = ENV[: random.randint(1, 3)]
        kind = random.choice((ROWS, RICE))
        self.root = root or fresh()
        pages = random.randint(3, 6) if random.randint(0, 5) else PAGES_MANY
        self.flash = flash or Partition(pages)
        self.flash.folder = self.root + "/schemas"
        self.truth = truth or Truth(channels, bool(random.getrandbits(1)), kind, 0)
        # Drops that are not allowed yet, because a batch is being sent.
        self.refused = 0
        self.open()
        if not flash and pages == PAGES_MANY:
            for _ in range(random.choice(_FILLS)):
                self.do("extend")

    def open(self, hint=None, place=None, last=None) -> None:
        """Open the ring, as a boot does."""
        truth = self.truth
        form = truth.channels, truth.ms, hint, place, last, truth.kind, truth.own_count
        self.ring = Ring(self.flash, self.root, *form)
        self.ring.on_drop = self._on_drop
        self.ledgers = [self.ring.ledger(label) for label in LABELS]
        self.last = None

    def do(self, action=None) -> str:
        """Do an action, or a random one if none is given; return its name."""
        action = action or random.choice(_ACTIONS)
        self.before = self.truth.copy()
        self.flash.forget()
        self.saved = [[(0, counts)] for counts in self.truth.ledgers]
        self.ends = [(0, self.truth.first)]
        schemas = self._schemas()
        getattr(self, action)()
        self.truth.first = self.ends[-1][1]
        # A cut before a page is dropped must find its schema's file, so restore it.
        for name in schemas:
            if name not in os.listdir(self.flash.folder):
                with open(self.flash.folder + "/" + name, "wb") as file:
                    file.write(schemas[name])
        return action

    def _schemas(self):
        found = {}
        if "schemas" in os.listdir(self.root):
            for name in os.listdir(self.flash.folder):
                with open(self.flash.folder + "/" + name, "rb") as file:
                    found[name] = file.read()
        return found

    # Called by the ring

    def _on_drop(self, end, readings):
        if self.refused:
            self.refused -= 1
            return False
        truth = self.truth
        if end < truth.count:
            expect(readings == truth.readings[end], "readings of a drop", end, readings)
        for i in range(len(self.ledgers)):
            ledger = self.ledgers[i]
            if ledger.row < end:
                settled = ledger.settled()
                ledger.dropped += max(0, readings - settled)
                ledger.row, ledger.channel = end, 0
                self._save(i)
        self.ends.append((self.flash.noted, end))
        return True

    def _save(self, i):
        # A cut may leave a page half written, and the ledger in it may be found.
        self.truth.ledgers[i] = counts_of(self.ledgers[i])
        self.saved[i].append((1 << 30, self.truth.ledgers[i]))
        noted = self.flash.noted
        try:
            self.ledgers[i].save()
        except OSError as error:
            expect(error.errno == _ENOSPC, "the flash takes it", error)
        if self.flash.noted == noted:
            raise NoRoomError
        self.saved[i][-1] = (self.flash.noted, self.truth.ledgers[i])

    # Actions

    def append(self) -> None:
        """Add a row."""
        truth = self.truth
        row = truth.measure()
        try:
            number = self.ring.append(*row)
        except OSError as error:
            expect(error.errno == _ENOSPC, "the flash takes it", error)
            return
        expect(number == truth.count, "the number of a new row", number, truth.count)
        truth.add(row + (truth.channels,))
        self.last = row

    def extend(self) -> None:
        """Add many rows."""
        truth = self.truth
        rows = [self.truth.measure() for _ in range(random.choice((1, 2, 5, 12, 40)))]
        try:
            expect(self.ring.extend(iter(rows)) == len(rows), "all rows are taken", len(rows))
        except OSError as error:
            expect(error.errno == _ENOSPC, "the flash takes it", error)
        for row in rows[: self.ring.next_row - truth.count]:
            truth.add(row + (truth.channels,))
            self.last = row

    def deliver(self) -> None:
        """Have a batch accepted by one of the servers."""
        truth = self.truth
        i = random.randint(0, len(LABELS) - 1)
        ledger = self.ledgers[i]
        row = min(truth.count, ledger.row + random.randint(1, 12))
        settled = ledger.settled()
        ledger.row, ledger.channel = row, 0
        if random.getrandbits(1) and row < truth.count:
            ledger.channel = random.randint(0, len(truth.rows[row][6]))
        ledger.delivered += truth.readings_before(ledger.row, ledger.channel) - settled
        self._save(i)

    def send(self) -> None:
        """Start sending a batch: the next drops are refused."""
        self.refused = random.randint(1, 30)

    def save_hint(self) -> None:
        """Put into RTC memory the hint that the next start may use."""
        self.truth.hint = self.ring.hint()

    def sleep(self) -> None:
        """Sleep and wake with RTC memory: nothing is read."""
        self.truth.hint = self.ring.hint()
        truth, last = self.truth, None
        if self.last and truth.rows[-1][6] is truth.channels:
            flags, boot, s, ms, mask, values = self.last
            values = list(values)
            # For channels that the row lacks, the stage has other values.
            known = [
                values.pop(0) if mask >> i & 1 else VALUE_MAX for i in range(len(truth.channels))
            ]
            last = truth.count - 1, flags, boot, s, ms, 99, mask, known
        if not last or self.ring.closed:
            return
        self.flash.forget()
        row = self.last
        self.open(truth.hint, self.ring.place(), last)
        self.last = row
        expect(not self.flash.reads, "a wake reads nothing", self.flash.reads)

    def crash(self) -> None:
        """Reset: RTC memory holds what was saved last."""
        self.open(self.truth.hint)

    def lose_power(self) -> None:
        """Lose the power, and with it RTC memory."""
        self.truth.hint = None
        self.open()

    def change_channels(self) -> None:
        """Start with another configuration."""
        truth = self.truth
        truth.channels = ENV[: random.randint(1, 3)] + (("extra%d" % random.randint(0, 2), "", 0),)
        if random.randint(0, 4) == 0:
            truth.channels = WIDE
        truth.ms = bool(random.getrandbits(1))
        self.open(truth.hint)

    def change_coding(self) -> None:
        """Start with the other coding of rows."""
        self.truth.kind = ROWS + RICE - self.truth.kind
        self.open(self.truth.hint)

    def begin_boot(self) -> None:
        """Lose the power; the rows are not dated yet."""
        self.truth.boot = (self.truth.boot or 0) + 1
        self.truth.dated = False
        self.lose_power()

    def learn_time(self) -> None:
        """Date this boot."""
        self.truth.dated = True
