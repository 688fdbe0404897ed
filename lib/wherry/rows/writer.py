"""A frame that is being filled with rows: the state kept between two rows."""

from micropython import const

from wherry.rows.form import code_mask, coder
from wherry.rows.frame import ROWS, SIZE_MAX, close_frame

# The most bytes a row can take: its frame's head or its time step with the mask, then its values.
_ROW_HEAD_MAX = const(32)
_VALUE_MAX = const(7)
# Flags that no row has.
_FULL = const(-1)


class RowsWriter:
    """One frame being filled: put_row adds rows, `close` ends it; more rows may follow a close.

    `own_count` of its channels, the last ones, are the node's own.
    row, flags, boot: of its first row; count: rows, including those of the frames it continues;
    s, ms, step, mask: of its newest row; last: the newest value of each channel; bits: the end of
    the payload; coder: the module that codes its rows, or None; states: the coder's state;
    row_step: the difference between the numbers of two rows.
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
        """Code this frame as another kind; `clear` returns to the writer's own kind."""
        self._frame_kind = kind
        self.coder = coder(kind)

    def coded(self, mask):
        """Return a mask as coded in this frame."""
        return code_mask(mask, self.channel_count, self.own_count)

    def end(self) -> None:
        """Accept no more rows: put_row returns False for the next one."""
        self.flags = _FULL

    def close(self) -> int:
        """Complete the frame at the start of `buffer`; return its size in bytes."""
        return close_frame(self.buffer, self._frame_kind, self.bits + 7 >> 3)

    def frame(self) -> bytearray:
        """Return a copy of the whole frame."""
        return self.buffer[: self.close()]
