"""Estimates when boots began that are over and never learned the time.

Called before the anchor of a later boot is saved, with which the estimates become durable:

    newest dated row ──── boot 5 ──── boot 6 ──── boot 7 begins; its time is known
                     room        room        room

The boots are placed in the middle of the room that they leave between their neighbours, so no
estimate is wrong by more than half of it, and by the errors of the neighbours. Without a dated
row before them they are placed right before the later neighbour. uncertain_row.py states their
uncertainty. docs/spec.md has the form of the anchors.
"""

import os

from micropython import const

from wherry import small_file
from wherry.queue.stride import Pieces, Stride
from wherry.time.anchors import estimate

# A sleep clock may drift by 1 / 200 before the drift is known.
_DRIFT_PART = const(200)
# The largest error of a row's rounded stamp.
_STAMP_MS = const(500)
# The largest error of a time from a DS3231.
_CHIP_MS_MAX = const(60_000)
# The most boots that are estimated: each takes some 200 B of the heap and some seeks.
_COUNT_MAX = const(32)
# The search ends at this many rows, which are then walked.
_WALK_ROWS = const(96)
# After every row.
_END = const(1 << 30)


def find(node, found: dict, uncertainty_ms: int) -> list:
    """Add estimates of earlier boots to the anchors `found`, which have the node's boot.

    `uncertainty_ms` is that of its time. Returns [(boot, rows, uncertainty in ms, true ms of the
    first row)]. Raises OSError if the flash fails.
    """
    boot = node.clock.state.boot
    if len(found) == 1 and _is_damaged(node.clock.path):
        # Rows may have been sent with the stamps of an anchor that is lost.
        return []
    before = max([0] + [each for each in found if each < boot])
    search = Search(node.queue)
    first = search.first_after(max(before, boot - 1 - _COUNT_MAX), 0, node.queue.next_row)
    low_ms, wrong_ms = _neighbour(node, search, first)
    spans = list(_spans(search, first, boot))
    ticks, true_ms = found[boot]
    at = true_ms - ticks - sum([span[3] for span in spans])
    wrong_ms += uncertainty_ms + _STAMP_MS + (true_ms - at) // _DRIFT_PART
    if low_ms is None:
        known_ms = found[before][1] if before else node.link.date_min_s * 1000
        wrong_ms += max(0, at - known_ms) + _chip_ms(node)
    else:
        half_ms = max(0, (at - low_ms) // 2)
        at -= half_ms
        wrong_ms += half_ms
    estimates = []
    for own, count, first_ms, last_ms in spans:
        found[own] = estimate(at, count, wrong_ms)
        estimates.append((own, count, wrong_ms, at + first_ms))
        at += last_ms
    return estimates


def _neighbour(node, search, first):
    """Return the true ms of the last dated row before row `first`, or None; its uncertainty."""
    clock = node.clock
    dated = search.stamp and clock.date(*search.stamp)
    if not dated:
        return None, 0
    low_ms = _ms(*dated)
    # The node may have been offline, without an answer, since the oldest row that it has not sent.
    unsent = min([upload.ledger.row for upload in node.uploads])
    sent = clock.date(*search.stamp_here()) if search.go(unsent) != _END else None
    offline_ms = low_ms - _ms(*sent) if sent and unsent < first else 0
    wrong_ms = node.link.time["error_max_ms"] + _chip_ms(node)
    return low_ms, wrong_ms + max(0, offline_ms) // _DRIFT_PART


def _chip_ms(node):
    """Return by how much an earlier boot's time may be wrong if only a DS3231 gave it."""
    return _CHIP_MS_MAX if node.link.time["ds3231"] else 0


def _spans(search, row, boot):
    """Yield (boot, number of rows, ticks of the first, ticks of the last) up to a boot's rows."""
    while True:
        own = search.go(row)
        if own >= boot:
            return
        first, first_ms = search.row(), _ms(*search.stamp_here()[2:])
        row = search.first_after(own, first + 1, search.queue.next_row)
        last = search.stamp
        yield own, row - first, first_ms, _ms(*last[2:]) if last and last[1] == own else first_ms


class Search:
    """Finds rows by their boots, which increase from row to row; dated rows have boot 0."""

    def __init__(self, queue):
        self.queue = queue
        self._reader = queue.upload_reader or queue.reader()
        self._reader.forget()
        self._stride = Stride(queue)
        # The stamp (flags, boot, s, ms) of the last row before the one that was found.
        self.stamp = None

    def go(self, row):
        """Go to the first row at or after a number; return its boot, or _END without one.

        The node's own rows are passed: after a power cut, one that states an uncertainty may be
        among rows without a date. Never are so many of these in a row that the walk ends at its
        bound; then the last row counts.
        """
        if self.queue.idle:
            self.queue.idle()
        self._reader.seek(row)
        return self._next()

    def _next(self):
        """Go to the next row; return its boot, or _END without one."""
        reader = self._reader
        self._stride.begin()
        while reader.next():
            rows = reader.rows
            is_own = rows.mask >> len(reader.channels) - rows.own_count
            if not (is_own and self._stride.pass_by(rows.row)):
                return rows.boot
        return _END

    def row(self):
        """Return the number of the row."""
        return self._reader.rows.row

    def stamp_here(self):
        """Return the stamp (flags, boot, s, ms) of the row."""
        rows = self._reader.rows
        return rows.flags, rows.boot, rows.s, rows.ms

    def first_after(self, boot, low, high):
        """Return the number from `low` on at which later boots than `boot` begin, or `high`."""
        self.stamp = None
        # A ring is without segments.
        if high - low > _WALK_ROWS and hasattr(self.queue, "listed"):
            low, high = _narrow(self.queue, boot, low, high)
        while high - low > _WALK_ROWS:
            middle = (low + high) // 2
            if self.go(middle) > boot:
                high = middle
            else:
                low = self.row() + 1
                self.stamp = self.stamp_here()
        pieces = Pieces(self.queue)
        found = self.go(low) if low < high else _END
        # To the end: a boot before dated rows has learned the time, even if its anchor is lost.
        while found != _END and self.row() < high:
            if found <= boot:
                low = self.row() + 1
                self.stamp = self.stamp_here()
            pieces.step()
            found = self._next()
        return low


def _narrow(*args):
    from wherry.queue.boots import narrow

    return narrow(*args)


def _is_damaged(path):
    """Return True if the file of anchors has content that cannot be read."""
    try:
        return small_file.read(path) is None and os.stat(path)[6] > 0
    except OSError:
        return False  # There is no file before the first anchor.


def _ms(s, ms):
    return s * 1000 + ms
