"""Rows in a frame, written and read one by one: each tells how it differs from the one before.

    varint (first row number << 2 | flags) · [varint boot] · varint s · [varint ms] ·
    varint coded mask · signed value of each channel in the mask · the other rows

The flags are MS and UNDATED. The node's own channels, the last ones, are a schema of their own: a
row has either these or others, and its mask says which, see code_mask. A time step is in ms if MS
is set, else in s; a value differs from its channel's last one in this frame, one unseen from 0.
The other rows of a frame of kind RICE stand in rice_rows; of kind ROWS, where t tells of another
time step or mask:

    varint (zigzag(difference of the mask's first channel) << 1 | t) ·
    [varint (zigzag(change of the time step) << 1 | m) · [varint coded mask, if m], if t] ·
    signed difference of each other channel in the mask

Frames in a ring may continue others: see chain.
"""

from micropython import const

from wherry.frame import (
    MS,
    RICE,
    ROWS,
    SIZE_MAX,
    TWO_SCHEMAS,
    UNDATED,
    Cursor,
    FrameError,
    close_frame,
    put_signed,
    put_varint,
)

# The most bytes a row can take: its frame's head or its time step with the mask, then its values.
_ROW_HEAD_MAX = const(32)
_VALUE_MAX = const(7)
_CONTINUES = const(0x08)
# The flags of no row.
_FULL = const(-1)


def _coder(kind):
    """Return the module that codes the other rows of a frame, None for this one."""
    is_rice = kind & ~_CONTINUES | TWO_SCHEMAS == RICE
    return __import__("wherry.rice_rows", None, None, ("put",)) if is_rice else None


def is_rows(kind: int) -> bool:
    """Tell whether a frame of this kind holds rows."""
    return kind | TWO_SCHEMAS in (ROWS, RICE)


def popcount(mask: int) -> int:
    """Return how many bits of a mask are set."""
    count = 0
    while mask:
        count += mask & 1
        mask >>= 1
    return count


def code_mask(mask: int, count: int, own_count: int) -> int:
    """Return a mask as frames have it: its channels within their schema << 2 | 2 | 1.

    1 stands for the schema of the node's own channels, the last `own_count` of `count`; 2 for
    the channel behind them all, which only thinned segments have.
    """
    more = mask >> count << 1
    mask &= (1 << count) - 1
    own = mask >> count - own_count
    return own << 2 | more | 1 if own else mask << 2 | more


class RowsWriter:
    """One frame being filled: `add` rows, then `close` it; more may be added behind a close.

    `own_count` of its channels, the last ones, are the node's own.
    row, flags, boot: of its first row; count: rows, those of the frames it continues with them;
    s, ms, step, mask: of its newest row; last: the newest value of each channel; bits: the end of
    the payload; states: the coder's own; row_step: from a row's number to the next one's.
    """

    def __init__(self, channel_count: int, size_max: int, kind: int = ROWS, own_count: int = 0):
        self.size_max = size_max
        self.channel_count = channel_count
        self.own_count = own_count
        # A row is written before it is known to fit, so there is room for the largest one.
        self.buffer = bytearray(SIZE_MAX + _ROW_HEAD_MAX + _VALUE_MAX * channel_count)
        self.last = [0] * channel_count
        self.states = None
        self.row_step = 1
        self._kind = kind
        self.clear()

    def clear(self) -> None:
        """Forget all rows."""
        self.use(self._kind)
        self.row = self.count = self.bits = self.boot = self.flags = 0
        self.s = self.ms = self.step = self.mask = 0

    def use(self, kind: int) -> None:
        """Code this frame as another kind; `clear` goes back to the writer's own."""
        self._frame_kind = kind
        self._coder = _coder(kind)

    def add(self, row: int, flags: int, boot: int, s: int, ms: int, mask: int, values) -> bool:
        """Append a row, given only the values of the channels in `mask`.

        `s` and `ms` are a stamp, or the boot's ticks where flags has UNDATED. False if the row
        does not fit, or does not belong behind those in the frame, which then takes no more.
        """
        count = self.count
        if not count:
            return self._begin(row, flags, boot, s, ms, mask, values)
        if flags != self.flags or row != self.row + count * self.row_step or boot != self.boot:
            return False
        step = s - self.s
        if flags & MS:
            step = step * 1000 + ms - self.ms
        change = step - self.step
        buffer = self.buffer
        at = self.bits >> 3
        if self._coder:
            bits = self._put_bits(at, change, mask, values)
        else:
            # Written out and without a call a value: this is most of what a row costs.
            last = self.last
            other = change or mask != self.mask
            partial = len(values) < len(last)
            first = True
            i = 0
            for value in values:
                if partial:
                    while not mask >> i & 1:
                        i += 1
                n = value - last[i] << 1
                last[i] = value
                i += 1
                if n < 0:
                    n = ~n
                if first:
                    first = False
                    n <<= 1
                    if other:
                        at = self._put_other(at, n | 1, change, mask)
                        continue
                while n > 127:
                    buffer[at] = n & 127 | 128
                    at += 1
                    n >>= 7
                buffer[at] = n
                at += 1
            if first:
                at = self._put_other(at, 1, change, mask)
            bits = at << 3 if at + 4 <= self.size_max else 0
        if not bits:
            # What the row has done to `last` and `states` stays: nothing more can follow.
            self.end()
            return False
        self.bits = bits
        self.s = s
        self.ms = ms
        self.step = step
        self.mask = mask
        self.count = count + 1
        return True

    def _put_other(self, at, n, change, mask):
        """Write a first difference and what tells of another step or mask; return the end."""
        at = put_varint(self.buffer, at, n)
        change = change << 1 if change >= 0 else ~(change << 1)
        at = put_varint(self.buffer, at, change << 1 | (mask != self.mask))
        return put_varint(self.buffer, at, self.coded(mask)) if mask != self.mask else at

    def coded(self, mask):
        """Return a mask as this frame has it."""
        return code_mask(mask, self.channel_count, self.own_count)

    def _put_bits(self, at, change, mask, values):
        """Let the coder write a row; return the end in bits, 0 if it does not fit."""
        # The last byte may be in use to a part, and is then written again.
        byte = self.buffer[at]
        bits = self._coder.put(self, change, mask, values)
        if bits and (bits + 7 >> 3) + 4 <= self.size_max:
            return bits
        self.buffer[at] = byte
        return 0

    def _begin(self, row, flags, boot, s, ms, mask, values):
        """Write the frame's head with its first row."""
        buffer, last = self.buffer, self.last
        at = put_varint(buffer, 2, row << 2 | flags)
        if flags & UNDATED:
            at = put_varint(buffer, at, boot)
        at = put_varint(buffer, at, s)
        if flags & MS:
            at = put_varint(buffer, at, ms)
        at = put_varint(buffer, at, self.coded(mask))
        k = 0
        for i in range(len(last)):
            last[i] = 0
            if mask >> i & 1:
                last[i] = values[k]
                at = put_signed(buffer, at, values[k])
                k += 1
        if at + 4 > self.size_max:
            return False
        if self._coder:
            self.states = self._coder.first_states(len(last))
        self.row, self.flags, self.boot = row, flags, boot
        self.s, self.ms, self.step, self.mask = s, ms, 0, mask
        self.count = 1
        self.bits = at << 3
        return True

    def end(self) -> None:
        """Take no more rows: the next one is refused."""
        self.flags = _FULL

    def close(self) -> int:
        """Make `buffer` open with a whole frame of the rows so far; return its size in bytes."""
        return close_frame(self.buffer, self._frame_kind, self.bits + 7 >> 3)

    def frame(self) -> bytearray:
        """Return a copy of the whole frame."""
        return self.buffer[: self.close()]


class RowsReader:
    """Walks the rows of one frame: `open`, then `next` until it is False.

    After `next`: row (its number), flags, boot, s, ms, mask, and `values`, one for each channel
    of which those in the mask were measured. row_step is as in the writer.
    """

    def __init__(self, buffer, channel_count: int, own_count: int = 0):
        self.buffer = buffer
        self.channel_count = channel_count
        self.own_count = own_count
        self.cursor = Cursor(buffer)
        self.values = [0] * channel_count
        # Up to the mask's highest channel: a node's own channels are named last and come rarely.
        self.width = 0
        self.states = None
        self.row_step = 1
        self.row = self.flags = self.boot = self.s = self.ms = self.mask = self.step = 0
        self.bits = self.two_schemas = 0
        self._first = True

    def open(self, at: int) -> None:
        """Stand before the first row of the frame at `at`, whose CRC was checked."""
        kind = self.buffer[at]
        self._coder = _coder(kind)
        self.two_schemas = kind & TWO_SCHEMAS
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
        """Go to the next row; False behind the last one. Raises FrameError on a bad payload."""
        if self._first:
            self._first = False
            return True
        change = self._coder.get(self) if self._coder else self._get()
        if change is None:
            return False
        if change:
            self.step += change
        if self.flags & MS:
            ms = self.ms + self.step
            self.s += ms // 1000
            self.ms = ms % 1000
        else:
            self.s += self.step
        self.row += self.row_step
        return True

    def _get(self):
        """Read a row's mask and values; return the change of its time step, None at the end."""
        cursor = self.cursor
        at, end = cursor.at, cursor.end
        if at >= end:
            return None
        buffer, values, mask = self.buffer, self.values, self.mask
        n = cursor.varint()
        change = 0
        if n & 1:
            change = cursor.varint()
            if change & 1:
                mask = self.take_mask(cursor.varint())
            change >>= 1
            change = -(change >> 1) - 1 if change & 1 else change >> 1
        n >>= 1
        at = cursor.at
        partial = mask + 1 != 1 << self.width
        first = True
        # Written out and without a call a value: this is most of what a row costs.
        for i in range(self.width):
            if partial and not mask >> i & 1:
                continue
            if first:
                first = False
            else:
                # Past the end there is no number: the cursor says so.
                n = buffer[at] if at < end else 128
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
        """Return the mask that the frame has so; raises what check_mask does."""
        self.mask = coded
        end = len(self.values)
        if self.two_schemas:
            own_at = self.channel_count - self.own_count
            self.mask, end = coded >> 2, own_at
            if coded & 1:
                self.mask, end = self.mask << own_at, self.channel_count
        self.check_mask(end)
        if self.two_schemas and coded & 2:
            self.mask |= 1 << self.channel_count
            self.check_mask(len(self.values))
        return self.mask

    def check_mask(self, end: int) -> None:
        """Raise FrameError where the mask has channels from an index on: they have no name."""
        self.width = 0
        while self.mask >> self.width:
            self.width += 1
        if self.width > end:
            raise FrameError("row %d has channels that its segment does not name" % self.row)
