"""The oldest readings an uplink has not settled, walked once and in place: never a list.

batch.open(count_max)        what is in hand from the ledger's cursor on
while batch.next(): ...      one row: mask, values, channels, s, ms
batch.take(mask)             ... whose readings, or the first of them, belong to the batch
"""

from wherry.reading import NO_MS
from wherry.rows.frame import MS, UNDATED
from wherry.rows.mask import count_bits, mask_width


class Batch:
    """`date(flags, boot, s, ms)` returns the stamp (s, ms) of an undated row, None if unknown yet.

    After `next`: row, mask (the channels whose readings are in hand), values (scaled, of all
    channels), channels (name, unit, decimals), s, ms (the stamp). `count` readings were taken, of
    `count_max`; `waiting` is how many there are about, 0 if that is not known. `undated` is True
    if the walk stopped at a row of `boot` without a true time. `skip` readings are passed over at
    the start. `learned_max` is the most that the server takes, where a limit was learned, else 0.
    `end_mask` are the readings taken of the last row.
    A SelectedBatch has readings that are never parted: the first `unit_size`, and each whose bit
    in `joined` is set from the one before; then it has `size_from` and `uncut` too.
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

    # No property: a class that has one looks each name up that is stored in its objects.
    def end(self) -> tuple:
        """Return the place after the last reading taken: row, channel index."""
        return self._end_row, mask_width(self.end_mask)

    def open(self, count_max: int) -> None:
        """Stand before the first row with a reading not settled; take at most `count_max`.

        0 says that the request carries no readings: one for a token or the time.
        """
        self.count = 0
        self.count_max = count_max
        self._end_row = self._ledger.row
        self.end_mask = (1 << self._ledger.channel) - 1
        self.mask = 0
        self.start(self.date, count_max)

    def start(self, stamp, left: int) -> None:
        """Walk from the cursor on, up to so many readings; `stamp` dates rows as `date` does."""
        self.reader.seek(self._ledger.row)
        self._stamp = stamp
        self.left = left
        self._to_skip = self.skip
        self.undated = False

    def next(self) -> bool:
        """Go to the next row with readings; False if there is none, or enough were taken."""
        reader = self.reader
        while self.left > 0 and reader.next():
            rows = reader.rows
            mask = rows.mask
            if rows.row == self._ledger.row:
                mask = mask >> self._ledger.channel << self._ledger.channel
            if not mask:
                continue  # All of it is settled, dated or not.
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
                mask = self.in_hand(mask)
                if not mask:
                    return False
            self.row = rows.row
            self.values = rows.values
            self.channels = reader.channels
            return True
        return False

    def unit(self, mask: int) -> int:
        """Return the first reading of a mask, with those that are never parted from it."""
        return mask & -mask

    def in_hand(self, mask: int) -> int:
        """Return the first readings of a row's, so many as may still be taken."""
        self.size = count_bits(mask)
        while self.size > self.left:
            self.size -= 1
            mask ^= 1 << mask_width(mask) - 1
        self.mask = mask
        return mask

    def take(self, mask: int) -> None:
        """Count the readings of `mask`, the row's first, as part of the batch."""
        count = self.size if mask == self.mask else count_bits(mask)
        self.count += count
        self.left -= count
        self._end_row = self.row
        self.end_mask = mask
