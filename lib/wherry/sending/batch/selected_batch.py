"""A batch of the channels that an uplink takes, under its server's names.

Readings of the other channels are counted. Also used for latitude and longitude, which are never
split up. `selection(channels)` returns a schema's channels under the server's names, the mask of
the channels taken, and the mask of the channels not split from the one before: see selection.py.
"""

from wherry.queue.stride import Stride
from wherry.rows.mask import count_bits, mask_width
from wherry.sending.batch.batch import Batch


class SelectedReader:
    """Walks the rows of a reader that have readings for an uplink, from its ledger's cursor.

    `rows` and `channels` are as in a reader; `rows` is this object, which has row, flags, boot, s,
    ms, mask and values. `own` has the channels under the node's names. After the walk, `passed`
    counts the readings of other channels since the cursor, and `stride` shows where the walk
    ended, and why.
    """

    def __init__(self, reader, ledger, selection, queue):
        self._reader = reader
        # An order's window skips rows too: both share one bound.
        self.stride = getattr(reader, "stride", None) or Stride(queue)
        self._ledger = ledger
        self._selection = selection
        self._taken = 0
        self.rows = self
        self.own = self.channels = self.values = None
        self.joined = 0

    def look_again(self) -> None:
        """Call `selection` again, because the channels it takes have changed."""
        self.own = None

    def seek(self, row: int) -> None:
        """Let `next` go to the first row whose number is at least `row`."""
        self._reader.seek(row)
        self.stride.begin()
        self.passed = 0
        # For each of the last two rows: its number, other channels' readings before it and in it.
        self._met = self._met_before = (-1, 0, 0)

    def next(self) -> bool:
        """Go to the next row with readings for the uplink; False after the last or the bound."""
        reader, ledger = self._reader, self._ledger
        while reader.next():
            rows = reader.rows
            if reader.channels is not self.own:
                self.own = reader.channels
                self.channels, self._taken, self.joined = self._selection(self.own)
            mask = rows.mask
            if rows.row == ledger.row:
                mask = mask >> ledger.channel << ledger.channel
            others = mask & ~self._taken
            self.mask = mask & self._taken
            if self.mask:
                self._met_before, self._met = self._met, (rows.row, self.passed, others)
            self.passed += count_bits(others)
            if self.mask:
                self.row, self.flags, self.boot = rows.row, rows.flags, rows.boot
                self.s, self.ms, self.values = rows.s, rows.ms, rows.values
                return True
            if not self.stride.pass_by(rows.row):
                return False
        return False

    def others(self, row: int, width: int) -> int:
        """Count other channels' readings from the cursor to a position in the last two rows."""
        _, passed, mask = self._met if self._met[0] == row else self._met_before
        return passed + count_bits(mask & ((1 << width) - 1))


class SelectedBatch(Batch):
    """A Batch whose reader takes a selection of the channels; see Batch."""

    def __init__(self, reader, ledger, date, selection, queue):
        super().__init__(SelectedReader(reader, ledger, selection, queue), ledger, date)

    def start(self, stamp, left: int) -> None:
        """Walk as a Batch does, but skip at most one stride of rows without its channels."""
        # With `skip`, the walk searches for the reading after one that the server fails on: this
        # search is not bounded.
        self.reader.stride.is_bounded = not self.skip
        Batch.start(self, stamp, left)

    def next(self) -> bool:
        """Go to the next row with readings; return False at the end or if enough were taken."""
        found = Batch.next(self)
        self.joined = self.reader.joined
        return found

    def unit(self, mask: int) -> int:
        """Return the first reading of a mask, with the readings never split from it."""
        width = mask_width(mask & -mask)
        while self.reader.joined >> width & 1:
            width += 1
        return mask & ((1 << width) - 1)

    def fitting(self, mask: int) -> int:
        """Return a row's first readings, as many as may still be taken."""
        if not self.count:
            self.unit_size = count_bits(self.unit(mask))
        whole, mask = mask, Batch.fitting(self, mask)
        if mask == whole:
            return mask
        removed = whole ^ mask
        mask = self._uncut(whole, mask_width(removed & -removed) - 1)
        if not mask and not self.count:
            mask = self.unit(whole)
        # More of the row might fit, but the batch ends where the row is cut.
        self.left = self.size = count_bits(mask)
        self.mask = mask
        return mask

    def size_from(self, index: int) -> int:
        """Return the size of the pair that begins at a channel, or 0 if none begins there."""
        joined, width = self.reader.joined, 1
        while joined >> index + width & 1:
            width += 1
        # A row may have only half a position.
        size = count_bits(self.mask >> index & (1 << width) - 1)
        return 0 if joined >> index & 1 or size == 1 else size

    def _uncut(self, mask: int, index: int) -> int:
        """Return the readings of a mask below an index, or fewer, so that no pair is split."""
        while index and self.reader.joined >> index & 1:
            index -= 1
        return mask & ((1 << index) - 1)
