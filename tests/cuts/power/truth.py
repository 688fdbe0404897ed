"""The data that a life knows to be safe, and the states that a cut within an action may leave."""

import random

from wherry.rows.frame import MS, UNDATED
from wherry.rows.mask import count_bits

_FIELDS = (
    "channels", "ms", "kind", "size_max", "founded", "rows", "readings", "count", "first",
    "ledgers", "aside", "anchors", "boot", "settings", "hint", "dated", "s",
)  # fmt: skip


class PromiseError(Exception):
    """A promise was broken."""


def expect(kept: bool, promise: str, *seen) -> None:
    """Raise a PromiseError that shows the values seen, unless the promise was kept."""
    if not kept:
        raise PromiseError("%s: %r" % (promise, seen))


class Truth:
    """Everything of a node that must survive a cut; _FIELDS has the names.

    rows: (flags, boot, s, ms, mask, values, channels) of each row, of which `count` are safe;
    readings: the count before each row; first: the oldest row not dropped; ledgers, aside: as in
    flash; hint: the content of RTC memory, possibly long out of date.
    """

    def __init__(self, channels, ms, kind, size_max):
        self.channels, self.ms, self.kind, self.size_max = channels, ms, kind, size_max
        self.founded = self.dated = False
        self.rows = []
        self.readings = [0]
        self.count = self.first = 0
        self.s = 1000
        self.ledgers = [(0,) * 7, (0,) * 7]
        self.aside = []
        self.anchors = {}
        self.boot = self.settings = self.hint = None

    def copy(self):
        """Return a copy; both share the rows, which only grow."""
        again = Truth(self.channels, self.ms, self.kind, self.size_max)
        for name in _FIELDS:
            setattr(again, name, getattr(self, name))
        again.ledgers = list(self.ledgers)
        return again

    @property
    def own_count(self) -> int:
        """Return the count of the node's own channels, which come last."""
        return 1 if len(self.channels) > 1 else 0

    def measure(self) -> tuple:
        """Choose the next row as (flags, boot, s, ms, mask, values); a clock may go back."""
        channels = self.channels
        mask = random.getrandbits(len(channels)) or 1
        if random.randint(0, 3):
            mask = (1 << len(channels)) - 1
        own = self.own_count << len(channels) - 1
        mask = own if own and random.randint(0, 7) == 0 else mask & ~own or 1
        bits = 29 if random.randint(0, 9) == 0 or len(channels) > 9 else 8
        values = [random.getrandbits(bits) - 99 for i in range(len(channels)) if mask >> i & 1]
        self.s += random.choice((60, 60, 60, 61, 7200, -2))
        flags, boot, ms = MS if self.ms else 0, 0, 0
        if not self.dated and self.boot:
            flags, boot = MS | UNDATED, self.boot
        if flags & MS:
            ms = random.randint(0, 999)
        return flags, boot, self.s, ms, mask, values

    def part(self) -> None:
        """Stop sharing the rows with other copies."""
        self.rows = self.rows[: self.count]
        self.readings = self.readings[: self.count + 1]

    def add(self, row) -> None:
        """Count a row as safe."""
        self.foresee(row)
        self.count += 1

    def foresee(self, row) -> None:
        """Note a row that is about to be added."""
        self.rows.append(row)
        self.readings.append(self.readings[-1] + count_bits(row[4]))

    def readings_before(self, row: int, channel: int) -> int:
        """Return the count of readings before a cursor."""
        if row >= self.count:
            return self.readings[self.count]
        return self.readings[row] + count_bits(self.rows[row][4] & (1 << channel) - 1)


def check_row(reader, number: int, reported) -> None:
    """Expect the current row of a QueueReader to be the one that was appended."""
    rows = reader.rows
    flags, boot, s, ms, mask, values, channels = reported
    kept = rows.row == number and rows.s == s and rows.ms == ms and rows.mask == mask
    expect(kept, "a row's number, stamp and mask", number, rows.row, rows.s, rows.ms, rows.mask)
    expect(rows.flags == flags and rows.boot == boot, "a row's boot", number)
    shown = reader.channels
    expect(shown is channels or list(shown) == list(channels), "a row's channels", number, shown)
    j = 0
    for i in range(len(channels)):
        if mask >> i & 1:
            expect(rows.values[i] == values[j], "a row's value", number, i, rows.values[i])
            j += 1


def check_settled(truth: Truth, ledger) -> None:
    """Expect a ledger's counters to count every reading before its cursor once."""
    before = truth.readings_before(ledger[0], ledger[1])
    expect(sum(ledger[2:]) == before, "what is settled adds up", ledger, before)
    expect(ledger[0] >= truth.first, "no row is dropped uncounted", ledger, truth.first)


class Allowed:
    """The states allowed after a power cut in write `i` of a life's last action.

    Without a write, only the life's truth is allowed.
    """

    def __init__(self, life, i=None):
        self.after = life.truth
        self.before = self.after if i is None else life.before
        self.first_max = self.after.first
        self.ledgers = [[counts] for counts in self.after.ledgers]
        if i is not None:
            self.first_max = max([end for done, end in life.ends if done <= i])
            self.ledgers = []
            for saved in life.saved:
                safe = [k for k in range(len(saved)) if saved[k][0] <= i][-1]
                self.ledgers.append([counts for _, counts in saved[safe : safe + 2]])

    def check_rows(self, store, reader, if_none, read_count_max):
        """Expect the rows of a store; return the first one and the number of the next.

        Both are `if_none` if there are no rows. Of many rows, usually only the first and the last
        ones are read, because a cut affects only the ends.
        """
        before, after = self.before, self.after
        # Rows in RTC memory are stored twice if some in flash are damaged.
        expect(not store.damaged, "a cut damages nothing", store.damaged)
        reader.seek(0)
        first = number = None
        jump = before.count - read_count_max // 2 if random.getrandbits(3) else 0
        while reader.next():
            if number is None:
                first = number = reader.rows.row
                if number + read_count_max < jump:
                    check_row(reader, number, after.rows[number])
                    number = jump
                    reader.seek(jump)
                    continue
            expect(number < after.count, "no row is invented", reader.rows.row)
            check_row(reader, number, after.rows[number])
            number += 1
        if number is None:
            first = number = if_none
        expect(before.count <= number, "each row that was appended is there", before.count, number)
        expect(before.first <= first <= self.first_max, "the oldest row", before.first, first)
        expect(store.next_row == number, "the next row's number", store.next_row, number)
        expect(store.readings == after.readings[number], "readings", store.readings, number)
        return first, number

    def check_ledgers(self, truth):
        """Expect the ledgers found to be allowed ones, and to agree with the truth's rows."""
        for found, allowed in zip(truth.ledgers, self.ledgers):
            expect(found in allowed, "a ledger is as it was saved", found, allowed)
            check_settled(truth, found)
