"""A replay: an uplink's delivered rows of a window of time, with their stamps and values.

Neither the ledger's cursor nor the rows change, so a server that deduplicates stores nothing
twice. The window is in whole seconds since 2000, both ends included. Loaded for an order.
"""

from micropython import const

from wherry.queue.stride import Stride

# Rows are in the order of their stamps, except for steps of the clock up to this size.
_ORDER_S = const(3600)
# The binary search ends at this many rows, which are then walked.
_WALK_COUNT = const(256)


def source(node, upload, order):
    """Return the source of a replay's remaining readings."""
    return Replay(node, upload, order)


class Replay:
    """`batch` is the next batch; `deliver` and `refuse` move past it, durably."""

    def __init__(self, node, upload, order):
        self._order = order
        reader = upload.queue.reader()
        stride = Stride(upload.queue)
        date = node.clock.date
        if not order.end_row:
            # Rows delivered after this need no replay. A partly delivered row is about to be
            # delivered.
            order.end_row = upload.ledger.row
            from_s = order.from_s - _ORDER_S
            order.row = _first_row(reader, date, order.end_row, from_s, stride)
            order.save()
        end = order.end_row
        self.batch = upload.batch_of(Window(reader, date, end, order, stride), order, date)

    def deliver(self):
        """Count the batch as sent, and move past it."""
        self._order.sent += self.batch.count
        self._order.advance(self.batch.end())

    def pass_by(self) -> bool:
        """Continue after a walk that found nothing; return False if it was the last walk."""
        stride = self.batch.reader.stride
        if stride.is_cut:
            self._order.advance((stride.end_row, 0))
        return stride.is_cut

    def refuse(self, status: int, note: str):
        """Count a reading that the server refused, perhaps again; move past it.

        A position counts as two readings.
        """
        self._order.refused += self.batch.count
        self._order.advance(self.batch.end())


class Window:
    """Walks the rows of a reader below row `end` that are in an order's window.

    `stride` bounds how many rows it skips.
    """

    def __init__(self, reader, date, end, order, stride):
        self._reader = reader
        self.stride = stride
        self._date = date
        self._end = end
        self._order = order
        self.rows = self.channels = None

    def seek(self, row: int) -> None:
        """Let `next` go to the first row whose number is at least `row`."""
        self._reader.seek(row)
        self.stride.begin()

    def next(self) -> bool:
        """Go to the next row; return False after the last row or at the stride's bound."""
        reader, order = self._reader, self._order
        while reader.next():
            rows = reader.rows
            if rows.row >= self._end:
                return False
            stamp = self._date(rows.flags, rows.boot, rows.s, rows.ms)
            if stamp and order.from_s <= stamp[0] <= order.to_s:
                self.rows = rows
                self.channels = reader.channels
                return True
            if stamp and stamp[0] > order.to_s + _ORDER_S:
                return False
            if not self.stride.pass_by(rows.row):
                return False
        return False


def _first_row(reader, date, end, from_s, stride):
    """Return a row number below which all rows are earlier than `from_s`."""
    low = 0
    while end - low > _WALK_COUNT:
        middle = (low + end) // 2
        s = _stamp_s(reader, date, middle, end, stride)
        if s is not None and s < from_s:
            low = middle
        else:
            end = middle
    return low


def _stamp_s(reader, date, row, end, stride):
    """Return the stamp in s of the first dated row at or soon after `row`, or None without one.

    The node's own rows are passed: one may have the stamp of an estimated boot before it.
    """
    reader.seek(row)
    stride.begin()
    while reader.next() and reader.rows.row < end:
        rows = reader.rows
        stamp = date(rows.flags, rows.boot, rows.s, rows.ms)
        if stamp and not rows.mask >> len(reader.channels) - rows.own_count:
            return stamp[0]
        if not stride.pass_by(rows.row):
            break
    return None
