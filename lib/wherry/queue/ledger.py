"""The ledger of one uplink: how far it is and what became of its readings, in one inline file.

The cursor is (row, channel index): the first reading not yet settled, never a byte offset. Cursor
and counters change in one write, so they hold together through any cut.
"""

import struct

from micropython import const

# 64 bits for what counts rows or readings: 20 years at 100 Hz and three axes.
_FORM = "<QBQQQQQQIQQQQ"
_OLD_FORM = "<IBIIIIIIIIIII"
# Of 0.1.0; those of earlier versions ended behind `damaged`, or between.
_OLD_SIZE = const(49)
_OLD_SIZE_MIN = const(25)


def in_file(path: str):
    """Return the ledger that lies, or will lie, in a small file."""
    from wherry import small_file

    return Ledger(small_file.read(path), lambda content: _write(path, content))


def _write(path, content):
    from wherry import small_file

    small_file.write(path, content)


class Ledger:
    """row, channel: the cursor. delivered, set_aside, dropped, thinned, damaged: readings.

    before: readings taken before the uplink was added, which are not its. denied_s: since when the
    server has refused the node, in seconds since 2000, or 0. thin: (first row, end) of the
    thinning counted last. others: readings passed by that are not for the uplink. doubted: those
    sent once more because an answer was lost, where the server keeps both. is_new: never saved.
    `content` is what was saved last, or None; `write(bytes)` makes it durable.
    """

    def __init__(self, content, write):
        self._write = write
        self.is_new = content is None
        (
            self.row,
            self.channel,
            self.delivered,
            self.set_aside,
            self.dropped,
            self.thinned,
            self.damaged,
            self.before,
            self.denied_s,
            thin_row,
            thin_end,
            self.others,
            self.doubted,
        ) = _fields(content)
        self.thin = thin_row, thin_end

    def save(self) -> None:
        """Make it durable; raises OSError where the flash does."""
        self._write(
            struct.pack(
                _FORM,
                self.row,
                self.channel,
                self.delivered,
                self.set_aside,
                self.dropped,
                self.thinned,
                self.damaged,
                self.before,
                self.denied_s,
                *self.thin,
                self.others,
                self.doubted,
            )
        )
        self.is_new = False

    def drop(self, end: int, settled: int) -> None:
        """Count what still waits below row `end`, where one that stands there has so much settled.

        Durable on return; raises OSError where the flash does.
        """
        if self.row < end:
            self.dropped += max(0, settled - self.settled())
            self.row, self.channel = end, 0
            self.save()

    def settled(self) -> int:
        """Return the readings that are no longer waiting.

        Those below the cursor, and those behind it that were thinned.
        """
        settled = self.before + self.delivered + self.set_aside
        return settled + self.dropped + self.thinned + self.damaged + self.others


def _fields(content):
    """Return the fields of what was saved, in today's form or an earlier one; zeros without it."""
    size = len(content or b"")
    if size == struct.calcsize(_FORM):
        return struct.unpack(_FORM, content)
    if not _OLD_SIZE_MIN <= size <= _OLD_SIZE:
        content = b""
    return struct.unpack(_OLD_FORM, content + bytes(_OLD_SIZE - len(content)))
