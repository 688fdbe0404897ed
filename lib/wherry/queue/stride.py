"""Long walks over rows: in pieces, between which the node goes on, and some of them bounded.

Loaded where a walk may be long. docs/design.md has the bounds of all walks.
"""

from micropython import const

# A row takes 1 to 2 ms on an ESP32, and the node samples at least every 100 ms.
PIECE_ROWS = const(32)
# A walk over these takes about two seconds there.
STRIDE_ROWS = const(1024)


class Pieces:
    """Calls the `idle` of a queue after each piece of a walk over its rows."""

    def __init__(self, queue):
        self._queue = queue
        self._left = 0

    def step(self) -> None:
        """Count a row of the walk."""
        self._left -= 1
        if not self._left % PIECE_ROWS and self._queue.idle:
            self._queue.idle()


class Stride(Pieces):
    """Bounds a walk over rows that an uplink has no part in, unless it is not `is_bounded`.

    `is_cut` is True where the walk has ended at its bound. `end_row` is the row to go on from, 0
    where none was passed by.
    """

    def __init__(self, queue):
        super().__init__(queue)
        self.is_bounded = True
        self.is_cut = False
        self.end_row = 0

    def begin(self) -> None:
        """Begin a walk, in which STRIDE_ROWS may be passed by."""
        self._left = STRIDE_ROWS
        self.is_cut = False
        self.end_row = 0

    def pass_by(self, row: int) -> bool:
        """Count a row that is passed by; return whether the walk goes on."""
        self.step()
        self.end_row = row + 1
        self.is_cut = self.is_bounded and self._left <= 0
        return not self.is_cut
