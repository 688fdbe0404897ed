"""Chains of frames: a frame whose kind has CONTINUES continues the rows of the frame before it.

It has no head. All its rows have the form of a frame's other rows in rows/form.py or rows/rice.py.
Only a ring writes such frames.
"""

from wherry.rows.form import is_rows
from wherry.rows.frame import CONTINUES, FrameError
from wherry.rows.reader import RowsReader


def continues(kind: int) -> bool:
    """Return True if a frame of this kind holds rows that continue others."""
    return bool(kind & CONTINUES) and is_rows(kind & ~CONTINUES)


def go_on(writer, kind: int) -> None:
    """Let a RowsWriter continue its closed frame of `kind` in a new frame."""
    writer.use(kind | CONTINUES)
    writer.bits = 16


class ChainReader(RowsReader):
    """A RowsReader that also opens frames that continue the frame read before.

    `kind` is the kind of the chain.
    """

    kind = 0

    def open(self, at: int) -> None:
        """Go before the first row of the frame at `at`; FrameError if that is out of place."""
        kind = self.buffer[at]
        if not kind & CONTINUES:
            self.kind = kind
            super().open(at)
        elif kind == self.kind | CONTINUES:
            self.cursor.open(at)
            self.bits = self.cursor.at << 3
        else:
            raise FrameError("orphan continuation frame")
