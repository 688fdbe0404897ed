"""Walks the rows of a ring from a row number on, across pages and schemas."""

from micropython import const

from wherry.ring.continuation import ChainReader, continues
from wherry.ring.pages import HEAD_SIZE, PAGE_SIZE, PageWalker, read_head
from wherry.rows import segment
from wherry.rows.form import is_rows
from wherry.rows.frame import FrameError

_WINDOW_SIZE = const(512)
# A target this close after the mark is walked to.
_NEAR_ROWS = const(32)


class RingReader:
    """Call `seek`, then `next` until it returns False.

    After `next`: `rows` (a ChainReader at the row) and `channels` (its schema's). Row numbers
    never decrease. Damaged and dropped rows are skipped; frames that continue a damaged one are
    lost with it.
    """

    def __init__(self, ring):
        self.ring = ring
        self.channels = ring.channels
        self.rows = None
        self._walker = PageWalker(ring.device, _WINDOW_SIZE)
        self._sequence = -1
        self._from = self._drops = 0
        # The next row if none is damaged, or None if any row may follow.
        self._expected = None
        self._in_frame = self._chained = self._again = False
        # The first row found by the last seek, to which the next seek may return.
        self._mark = None
        self._to_mark = False

    def seek(self, row: int) -> None:
        """Make `next` go to the first row whose number is at least `row`."""
        self._from = row
        self._to_mark = True
        self._in_frame = self._again = False
        ring = self.ring
        if self._drops != ring.drops:
            self._drops = ring.drops
            self._mark = None
        mark = self._mark
        # The last walk from the mark came as far as this target, which the next batch begins at.
        is_near = mark and mark[0] <= row <= max(self.rows.row + 1, mark[0] + _NEAR_ROWS)
        if not (is_near and self._go_back(row)):
            self._mark = self._expected = None
            self._sequence = self._page_of(row) - 1
            self._next_page()

    def forget(self) -> None:
        """Forget the last position, because the next `seek` is for another cursor."""
        self._mark = None

    def next(self) -> bool:
        """Go to the next row; return False after the newest one.

        Raises OSError if the flash fails.
        """
        if self._again:
            self._again = False
            return True
        while True:
            if self._in_frame and self._next_in_frame():
                return True
            self._in_frame = False
            if not self._next_frame():
                return False

    def _next_in_frame(self):
        rows = self.rows
        try:
            while rows.next():
                # A number that was never assigned here belongs to a foreign row.
                if self._from <= rows.row < self.ring.next_row:
                    self._from = rows.row + 1
                    if self._to_mark:
                        self._set_mark()
                    return True
                # A piece of the way to the target: see queue/stride.py.
                if not rows.row & 31 and self.ring.idle:
                    self.ring.idle()
            self._expected = rows.row + 1
        except FrameError:
            self._miss()
        return False

    def _miss(self):
        """Count a damaged place; frames that continue the damaged frame are lost, too."""
        self.ring.damaged += 1
        self._chained = False
        self._expected = None

    def _next_frame(self):
        ring, walker = self.ring, self._walker
        if self._drops != ring.drops:
            self._drops = ring.drops
            if self._sequence < self._oldest():
                return self._next_page()
        is_tail = self._sequence == ring.sequence
        if not walker.next(ring.offset if is_tail else PAGE_SIZE):
            return not is_tail and self._next_page()
        self._chained = self._chained and not walker.gap
        kind = walker.buffer[walker.at]
        if is_rows(kind) or continues(kind):
            self._open_frame(kind)
        return True

    def _open_frame(self, kind):
        if continues(kind) and not self._chained:
            if self._expected is not None:
                self._miss()
            return
        try:
            self.rows.open(self._walker.at)
        except FrameError:
            self._miss()
            return
        self._in_frame = self._chained = True
        if not continues(kind):
            self._expect(self.rows.row)

    def _expect(self, row):
        """Count damage if rows before `row` are missing."""
        if self._expected is not None and row > self._expected:
            self.ring.damaged += 1
        self._expected = row

    # Pages

    def _oldest(self):
        """Return the lowest sequence that a page may have."""
        ring = self.ring
        return max(0, ring.tail_sequence() - ring.page_count + 1 + ring.freed)

    def _page(self, sequence):
        return (self.ring.page - self.ring.sequence + sequence) % self.ring.page_count

    def _head(self, sequence):
        """Return (first row, schema) of a page, or None if its head is damaged."""
        found = read_head(self.ring.device, self._page(sequence))
        return (found[1], found[3]) if found and found[0] == sequence else None

    def _page_of(self, row):
        """Return the sequence of the last page that begins at or before a row, or the oldest."""
        best = low = self._oldest()
        high = self.ring.sequence + 1
        while high - low > 1:
            middle = at = (low + high) // 2
            found = self._head(at)
            # A page without a head counts like the page before it.
            while not found and at > low + 1:
                at -= 1
                found = self._head(at)
            if found and found[0] > row:
                high = at
            else:
                low = middle
                if found:
                    best = at
        return best

    def _next_page(self):
        """Go to the next readable page; return False after the tail."""
        oldest = self._oldest()
        sequence = max(self._sequence + 1, oldest)
        self._in_frame = self._chained = False
        while sequence <= self.ring.sequence:
            self._sequence = sequence
            self._walker.open(0, PAGE_SIZE)  # At the end of a page, unless `_open` succeeds.
            if self._open(sequence):
                return True
            if sequence > oldest:  # The oldest may be free already.
                self._miss()
            sequence += 1
        return False

    def _open(self, sequence):
        """Position at the start of a page; return False if its head or schema is damaged."""
        ring = self.ring
        found = self._head(sequence)
        if not found:
            return False
        self._expect(found[0])
        self.channels, own_count = ring.channels, ring.own_count
        if found[1] != ring.schema:
            try:
                path = ring.schema_path(found[1])
                head = segment.Head(segment.Walker(), path, ring.schema)
            except (FrameError, OSError):
                return False
            if not head.channels or head.schema != found[1]:
                return False
            self.channels, own_count = head.channels, head.own_count
        self._walker.open(self._page(sequence), HEAD_SIZE)
        rows, count = self.rows, len(self.channels)
        if not rows or len(rows.values) != count or rows.own_count != own_count:
            self.rows = ChainReader(self._walker.buffer, count, own_count)
        return True

    # The mark

    def _set_mark(self):
        self._to_mark = False
        rows, walker = self.rows, self._walker
        states = rows.states and list(rows.states)
        self._mark = (
            rows.row, self._sequence, self.channels, walker.offset, rows.kind, list(rows.values),
            states, rows.flags, rows.boot, rows.s, rows.ms, rows.mask, rows.step,
            rows.cursor.at - walker.at, rows.bits - (walker.at << 3),
        )  # fmt: skip

    def _go_back(self, row):
        """Return to the marked row; return False if it can no longer be read."""
        mark, rows, walker = self._mark, self.rows, self._walker
        if rows.kind != mark[4] or len(rows.values) != len(mark[5]):
            return False
        self._sequence, self.channels = mark[1:3]
        walker.open(self._page(self._sequence), mark[3])
        is_tail = self._sequence == self.ring.sequence
        limit = self.ring.offset if is_tail else PAGE_SIZE
        if not walker.next(limit) or walker.gap:
            return False
        rows.cursor.open(0)  # After `open`, the first frame is at 0 in the walker's buffer.
        rows.cursor.at, rows.bits = mark[13:]
        rows.row = mark[0]
        rows.values[:] = mark[5]
        rows.states = mark[6] and list(mark[6])
        rows.flags, rows.boot, rows.s, rows.ms, rows.mask, rows.step = mark[7:13]
        rows.check_mask(len(rows.values))
        self._in_frame = self._chained = True
        if mark[0] == row:
            self._from = row + 1
            self._to_mark = False
            self._again = True
        return True
