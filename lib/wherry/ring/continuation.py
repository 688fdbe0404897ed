"""Chains of frames of rows: one whose kind has CONTINUES goes on where the one before it ended.

It has no head and holds other rows only, as rows and rice_rows have them. Only a ring makes it.
"""

from wherry.rows.form import is_rows
from wherry.rows.frame import CONTINUES, FrameError
from wherry.rows.reader import RowsReader


def continues(kind: int) -> bool:
    """Return whether a frame of this kind holds rows that continue others."""
    return bool(kind & CONTINUES) and is_rows(kind & ~CONTINUES)


def go_on(writer, kind: int) -> None:
    """Put a RowsWriter's next rows into a frame that continues its closed one, of this kind."""
    writer.use(kind | CONTINUES)
    writer.bits = 16


class ChainReader(RowsReader):
    """A RowsReader that also opens what continues the frame it has walked to its end.

    kind: that of the chain.
    """

    kind = 0

    def open(self, at: int) -> None:
        """Stand before the first row of the frame at `at`; FrameError if it continues none."""
        kind = self.buffer[at]
        if not kind & CONTINUES:
            self.kind = kind
            super().open(at)
        elif kind == self.kind | CONTINUES:
            self.cursor.open(at)
            self.bits = self.cursor.at << 3
        else:
            raise FrameError("a frame continues none of its kind")
