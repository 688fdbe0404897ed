"""Writes the rows of one frame, one by one, in the form that rows has."""

from micropython import const

from wherry.rows.form import code_mask, coder
from wherry.rows.frame import MS, ROWS, SIZE_MAX, UNDATED, close_frame, put_signed, put_varint

# The most bytes a row can take: its frame's head or its time step with the mask, then its values.
_ROW_HEAD_MAX = const(32)
_VALUE_MAX = const(7)
# The flags of no row.
_FULL = const(-1)


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
        self._coder = coder(kind)

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
