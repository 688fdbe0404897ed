"""Splits long walks over rows into pieces, so that the node can run in between; bounds some.

Loaded where a walk may be long. docs/design/queue.md has the bounds of all walks.
"""

from micropython import const

# A row takes 1 to 2 ms on an ESP32, and the node samples at least every 100 ms.
PIECE_ROWS = const(32)
# A walk over this many rows takes about two seconds there.
STRIDE_ROWS = const(1024)


class Pieces:
    """Calls a queue's `idle` after each piece of a walk over its rows."""

    def __init__(self, queue):
        self.queue = queue
        self._left = 0

    def step(self) -> None:
        """Count a row of the walk."""
        self._left -= 1
        if not self._left % PIECE_ROWS and self.queue.idle:
            self.queue.idle()


class Stride(Pieces):
    """Bounds a walk over rows that are not for an uplink, if `is_bounded`.

    `is_cut` is True if the walk ended at its bound. `end_row` is the row to continue from, or 0 if
    no row was skipped.
    """

    def __init__(self, queue):
        super().__init__(queue)
        self.is_bounded = True
        self.is_cut = False
        self.end_row = 0

    def begin(self) -> None:
        """Begin a walk that may skip STRIDE_ROWS rows."""
        self._left = STRIDE_ROWS
        self.is_cut = False
        self.end_row = 0

    def pass_by(self, row: int) -> bool:
        """Count a skipped row; return True if the walk continues."""
        self.step()
        self.end_row = row + 1
        self.is_cut = self.is_bounded and self._left <= 0
        return not self.is_cut
