"""A replay: rows of a window of time that an uplink has delivered, with their stamps and values.

Neither the ledger nor the rows change, so a server that deduplicates stores nothing twice. The
window is in whole seconds since 2000, both ends included. Loaded for an order.
"""

from micropython import const

# Rows lie in the order of their stamps, but for steps of the clock up to this.
_ORDER_S = const(3600)
# So few rows are walked rather than halved again.
_WALK_COUNT = const(256)


def source(node, upload, order):
    """Return what is left of a replay to send."""
    return Replay(node, upload, order)


class Replay:
    """`batch` is the next one; `deliver` and `refuse` pass it by, durably."""

    def __init__(self, node, upload, order):
        self._order = order
        reader = upload.queue.reader()
        date = node.clock.date
        if not order.end_row:
            # What is delivered from now on needs no replay. A row that is delivered in part only
            # is about to be delivered.
            order.end_row = upload.ledger.row
            order.row = _first_row(reader, date, order.end_row, order.from_s - _ORDER_S)
            order.save()
        end = order.end_row
        self.batch = upload.batch_of(Window(reader, date, end, order), order, date)

    def deliver(self):
        """The server took the batch."""
        self._order.sent += self.batch.count
        self._order.advance(self.batch.end())

    def refuse(self, status: int, note: str):
        """The server did not want this reading, as it may have done the first time."""
        self._order.refused += 1
        self._order.advance(self.batch.end())


class Window:
    """Walks the rows of a reader below row `end` that an order's window holds."""

    def __init__(self, reader, date, end, order):
        self._reader = reader
        self._date = date
        self._end = end
        self._order = order
        self.rows = self.channels = None
        self.seek = reader.seek

    def next(self) -> bool:
        """Go to the next row; return False after the last one."""
        reader, order = self._reader, self._order
        while reader.next():
            rows = reader.rows
            if rows.row >= self._end:
                return False
            stamp = self._date(rows.flags, rows.boot, rows.s, rows.ms)
            if not stamp or stamp[0] < order.from_s:
                continue
            if stamp[0] <= order.to_s:
                self.rows = rows
                self.channels = reader.channels
                return True
            if stamp[0] > order.to_s + _ORDER_S:
                return False
        return False


def _first_row(reader, date, end, from_s):
    """Return a row number before which no row is as late as `from_s`."""
    low = 0
    while end - low > _WALK_COUNT:
        middle = (low + end) // 2
        s = _stamp_s(reader, date, middle, end)
        if s is not None and s < from_s:
            low = middle
        else:
            end = middle
    return low


def _stamp_s(reader, date, row, end):
    """Return the stamp in s of the first dated row from a number on, None without one."""
    reader.seek(row)
    while reader.next() and reader.rows.row < end:
        rows = reader.rows
        stamp = date(rows.flags, rows.boot, rows.s, rows.ms)
        if stamp:
            return stamp[0]
    return None
