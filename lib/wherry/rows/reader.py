"""Reads the rows of one frame, one by one, in the form that form.py describes."""

from micropython import const

from wherry.rows.form import coder
from wherry.rows.frame import MS, UNDATED, Cursor, FrameError

# With this many channels, including the node's own, a reader accepts the masks of any node.
ANY_COUNT = const(96)
ANY_OWN_COUNT = const(32)


class RowsReader:
    """Walks the rows of one frame: call `open`, then `next` until it returns False.

    After `next`: row (its number), flags, boot, s, ms, mask, and `values`, one for each channel;
    only those in the mask were measured. row_step is as in the writer.
    """

    # Number of values after those of the channels.
    more_count = 0

    def __init__(self, buffer, channel_count: int, own_count: int = 0):
        self.buffer = buffer
        self.own_count = own_count
        self.cursor = Cursor(buffer)
        self.values = [0] * channel_count
        # The number of channels up to the mask's highest one. The node's own channels, which come
        # last, are rarely in a row.
        self.width = 0
        self.states = None
        self.row_step = 1
        self.row = self.flags = self.boot = self.s = self.ms = self.mask = self.step = 0
        self.bits = 0
        self._first = True

    def open(self, at: int) -> None:
        """Position before the first row of the frame at `at`, whose CRC was checked."""
        self._coder = coder(self.buffer[at])
        cursor = self.cursor
        cursor.open(at)
        self.row = cursor.varint()
        self.flags = self.row & 3
        self.row >>= 2
        self.boot = cursor.varint() if self.flags & UNDATED else 0
        self.s = cursor.varint()
        self.ms = cursor.varint() if self.flags & MS else 0
        self.step = 0
        self._first = True
        self.take_mask(cursor.varint())
        for i in range(len(self.values)):
            self.values[i] = cursor.signed() if self.mask >> i & 1 else 0
        self.bits = cursor.at << 3
        if self._coder:
            self.states = self._coder.first_states(len(self.values))

    def next(self) -> bool:
        """Go to the next row; return False after the last one.

        Raises FrameError on a bad payload.
        """
        if self._first:
            self._first = False
            return True
        change = self._coder.get(self) if self._coder else self._get()
        if change:
            self.step += change
        elif change is None:
            return False
        if self.flags & MS:
            ms = self.ms + self.step
            self.s += ms // 1000
            self.ms = ms % 1000
        else:
            self.s += self.step
        self.row += self.row_step
        return True

    def _get(self):
        """Read a row's mask and values; return the change of its time step, or None at the end."""
        cursor = self.cursor
        at, end = cursor.at, cursor.end
        if at >= end:
            return None
        buffer, values, mask = self.buffer, self.values, self.mask
        n = buffer[at]
        at += 1
        change = 0
        if n & 129:  # It has more bytes, or a new time step or mask follows.
            n = cursor.varint()
            if n & 1:
                change = cursor.varint()
                if change & 1:
                    mask = self.take_mask(cursor.varint())
                change >>= 1
                change = -(change >> 1) - 1 if change & 1 else change >> 1
            at = cursor.at
        n >>= 1
        partial = mask + 1 != 1 << self.width
        first = True
        # Inlined, without a call per value: this is most of the cost of a row.
        for i in range(self.width):
            if partial and not mask >> i & 1:
                continue
            if first:
                first = False
            else:
                n = buffer[at] if at < end else 128  # Past the end: the cursor raises.
                at += 1
                if n > 127:
                    cursor.at = at - 1
                    n = cursor.varint()
                    at = cursor.at
            if n:
                values[i] += ~(n >> 1) if n & 1 else n >> 1
        cursor.at = at
        self.bits = at << 3
        return change

    def take_mask(self, coded: int) -> int:
        """Decode, set and return a mask; raises FrameError as check_mask does."""
        end = len(self.values)
        count = end - self.more_count
        own_at = count - self.own_count
        self.mask = coded >> 2
        if coded & 1:
            self.mask <<= own_at
        self.check_mask(count if coded & 1 else own_at)
        if coded & 2:
            self.mask |= 1 << count
            self.check_mask(end)
        return self.mask

    def check_mask(self, end: int) -> None:
        """Raise FrameError if the mask has channels from `end` on, which are not named."""
        self.width = 0
        while self.mask >> self.width:
            self.width += 1
        if self.width > end:
            raise FrameError("row %d: unknown channels" % self.row)
