"""The oldest unsettled readings of an uplink, walked once and in place, without a list.

batch.open(count_max)        start at the ledger's cursor
while batch.next(): ...      one row: mask, values, channels, s, ms
batch.take(mask)             add the row's readings, or the first of them, to the batch
"""

from wherry.reading import NO_MS
from wherry.rows.frame import MS, UNDATED
from wherry.rows.mask import count_bits, mask_width


class Batch:
    """`date(flags, boot, s, ms)` returns the stamp (s, ms) of an undated row, or None if unknown.

    After `next`: row, mask (the channels with readings to take), values (scaled, of all channels),
    channels (name, unit, decimals), s, ms (the stamp). `count` readings were taken, of at most
    `count_max`; `waiting` is the approximate number of waiting readings, or 0 if unknown.
    `undated` is True if the walk stopped at a row of `boot` without a true time. `skip` readings
    are skipped at the start. `learned_max` is the server's learned limit, or 0. `end_mask` has
    the readings taken from the last row.

    In a SelectedBatch, some readings are never split up: a reading whose bit in `joined` is set
    stays with the one before it. `unit_size` is the size of the first such group. The method
    `size_from`, which only a SelectedBatch has, is called only if `joined` is not 0.
    """

    joined = 0
    unit_size = 1

    def __init__(self, reader, ledger, date):
        self.reader = reader
        self._ledger = ledger
        self.date = date
        self.skip = self.count = self.count_max = self.waiting = self.left = self.size = 0
        self.channels = self.values = None
        self.learned_max = 0
        self.row = self.mask = self.s = self.ms = self.boot = 0
        self.undated = False
        self._end_row = self.end_mask = 0

    # Not a property: in a class with properties, each store to an attribute looks up its name.
    def end(self) -> tuple:
        """Return (row, channel index), the position after the last reading taken."""
        return self._end_row, mask_width(self.end_mask)

    def open(self, count_max: int) -> None:
        """Position before the first unsettled reading's row; take at most `count_max` readings.

        A `count_max` of 0 means a request without readings, for a token or the time.
        """
        self.count = 0
        self.count_max = count_max
        self._end_row = self._ledger.row
        self.end_mask = (1 << self._ledger.channel) - 1
        self.mask = 0
        self.start(self.date, count_max)

    def start(self, stamp, left: int) -> None:
        """Walk from the cursor, up to `left` readings; `stamp` dates rows as `date` does."""
        self.reader.seek(self._ledger.row)
        self._stamp = stamp
        self.left = left
        self._to_skip = self.skip
        self.undated = False

    def next(self) -> bool:
        """Go to the next row with readings; return False at the end or if enough were taken."""
        reader = self.reader
        while self.left > 0 and reader.next():
            rows = reader.rows
            mask = rows.mask
            if rows.row == self._ledger.row:
                mask = mask >> self._ledger.channel << self._ledger.channel
            if not mask:
                continue  # The row is settled, dated or not.
            self.s = rows.s
            self.ms = rows.ms
            if rows.flags & UNDATED:
                stamp = self._stamp(rows.flags, rows.boot, rows.s, rows.ms)
                if stamp is None:
                    self.undated = True
                    self.boot = rows.boot
                    return False
                self.s, self.ms = stamp
            if not rows.flags & MS:
                self.ms = NO_MS
            while self._to_skip and mask:
                self._to_skip -= 1
                mask ^= self.unit(mask)
            if not mask:
                continue
            if mask != self.mask or self.size > self.left:
                mask = self.fitting(mask)
                if not mask:
                    return False
            self.row = rows.row
            self.values = rows.values
            self.channels = reader.channels
            return True
        return False

    def unit(self, mask: int) -> int:
        """Return the first reading of a mask, with the readings never split from it."""
        return mask & -mask

    def fitting(self, mask: int) -> int:
        """Return a row's first readings, as many as still fit."""
        self.size = count_bits(mask)
        while self.size > self.left:
            self.size -= 1
            mask ^= 1 << mask_width(mask) - 1
        self.mask = mask
        return mask

    def take(self, mask: int) -> None:
        """Count the readings of `mask`, which are the row's first ones, as part of the batch."""
        count = self.size if mask == self.mask else count_bits(mask)
        self.count += count
        self.left -= count
        self._end_row = self.row
        self.end_mask = mask
