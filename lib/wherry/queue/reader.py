"""Walks the rows of a queue from a row number on, across segments, row file and schemas."""

from micropython import const

from wherry.rows.form import is_rows
from wherry.rows.frame import FrameError
from wherry.rows.reader import RowsReader
from wherry.rows.walker import Walker

# A target this close after the mark is walked to.
_NEAR_ROWS = const(32)


class QueueReader:
    """Call `seek`, then `next` until it returns False.

    After `next`: `rows` (a RowsReader at the row) and `channels` (its schema's). Row numbers never
    decrease. Damaged bytes and deleted segments are skipped.
    """

    def __init__(self, queue):
        self.queue = queue
        self.channels = queue.channels
        # Channels, own_count and row_step of the segment read last.
        self._form = queue.channels, queue.own_count, 1
        self.rows = None
        self._walker = Walker()
        # The frame read last, so that the next batch need not walk its segment again; and the
        # segment list at that time, because thinning replaces the list.
        self._mark = (-1, 0, 0)
        self._segments = None
        self._name = -1
        self._from = self._target = self._moves = 0
        self._in_frame = self._at_end = False

    def seek(self, row: int) -> None:
        """Make `next` go to the first row whose number is at least `row`."""
        self._from = self._target = row
        self._in_frame = self._at_end = False
        self._moves = self.queue.moves
        self._walker.idle = self.queue.idle
        name, offset, mark_row = self._mark
        segments = self.queue.segments
        known = self._segments is segments and name == self._name and name in segments
        # The last walk from the mark came as far as this target, which the next batch begins at.
        is_near = known and mark_row <= row <= max(self.rows.row + 1, mark_row + _NEAR_ROWS)
        if not is_near:
            self._segments = segments
            self._name = -1
            for each in segments:
                if each <= row:
                    self._name = each
            known = known and name == self._name
        if known:
            self._walker.open(self.queue.path(name), offset if mark_row <= row else 0)
            self._use(self._walker.buffer, *self._form)
        else:
            self._mark = (-1, 0, 0)
            if self._name < 0:
                self._next_segment()
                return
            self._open(self._name)
        # A segment with a damaged head is skipped: its channels are not named.
        if not is_near and row > self._name and (known or self._walker.size):
            path = self.queue.path(self._name)
            from wherry.queue import seek as queue_seek

            queue_seek.approach(self._walker, path, row)

    def forget(self) -> None:
        """Forget the last position, because the next `seek` is for another cursor."""
        self._segments = None

    def next(self) -> bool:
        """Go to the next row; return False after the newest one."""
        while True:
            if self._in_frame:
                # Two variables: a third one would make each call allocate on the heap.
                rows = self.rows
                try:
                    while rows.next():
                        # A number that was never assigned here belongs to a foreign row.
                        if self._from <= rows.row < self.queue.next_row:
                            self._from = rows.row + 1
                            return True
                        # A piece of the way to the target: see stride.py.
                        if rows.row & 31 < rows.row_step and self.queue.idle:
                            self.queue.idle()
                except FrameError:
                    self.queue.damaged += 1
                self._in_frame = False
            if self._at_end or not self._next_frame():
                return False

    def _next_frame(self):
        walker = self._walker
        try:
            found = walker.next()
        except OSError:
            if self._name in self.queue.segments:
                if walker.moved(self.queue.path(self._name)):
                    return True
                raise  # It exists but cannot be read now: its rows must not be skipped.
            found = False  # It was dropped to make room.
        if not found:
            return self._next_segment()
        if is_rows(walker.buffer[walker.at]):
            try:
                self.rows.open(walker.at)
            except FrameError:
                self.queue.damaged += 1
                return True
            self._in_frame = True
            if self.rows.row <= self._target:
                self._mark = (self._name, walker.offset, self.rows.row)
        return True

    def _next_segment(self):
        """Continue with the next segment, or after the last one with a copy of the row file."""
        if self._moves != self.queue.moves:
            # The row file has since moved into a segment: continue from the end of this one.
            self._moves = self.queue.moves
            self._walker.read_on()
            return True
        for name in self.queue.segments:
            if name > self._name:
                return self._open(name)
        self._at_end = True
        writer = self.queue.writer
        if not writer.count:
            return False
        self._use(writer.frame(), self.queue.channels, self.queue.own_count, 1)
        self.rows.open(0)
        self._in_frame = True
        return True

    def _open(self, name):
        from wherry.rows import segment

        self._name = name
        try:
            head = segment.Head(self._walker, self.queue.path(name), self.queue.schema)
        except FrameError:
            self.queue.damaged += 1
            self._walker.open("", 0)
            return True
        channels = head.channels or self.queue.channels
        self._form = channels, head.own_count, head.row_step
        self._use(self._walker.buffer, *self._form)
        return True

    def _use(self, buffer, channels, own_count, row_step):
        self.channels = channels
        rows, count = self.rows, len(channels)
        if row_step > 1:
            parts = buffer, count, row_step, own_count
            from wherry.queue import thinned_rows

            self.rows = thinned_rows.ThinnedReader(*parts)
            return
        fits = rows and rows.row_step == 1
        if not fits or len(rows.values) != count or rows.own_count != own_count:
            # Free the old reader first: it needs 1 KB.
            rows = self.rows = None
            self.rows = RowsReader(buffer, count, own_count)
        else:
            rows.buffer = rows.cursor.buffer = buffer
