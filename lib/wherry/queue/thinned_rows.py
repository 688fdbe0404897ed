"""Rows of a thinned segment: their numbers have gaps, because most neighbours are gone.

The numbers of a frame's rows rise by row_step. A row whose number is larger has one more channel
than the segment names, whose value is the difference. Loaded where a thinned segment is read or
written.
"""

from wherry.queue.stride import Pieces
from wherry.rows import segment
from wherry.rows.form import is_rows
from wherry.rows.frame import SIZE_MAX, FrameError
from wherry.rows.mask import count_bits
from wherry.rows.put import put_row
from wherry.rows.reader import RowsReader
from wherry.rows.writer import RowsWriter


class ThinnedReader(RowsReader):
    """A RowsReader for segments with a row step; it hides the channel with the numbers."""

    more_count = 1

    def __init__(self, buffer, channel_count: int, row_step: int, own_count: int = 0):
        super().__init__(buffer, channel_count + 1, own_count)
        self.row_step = row_step
        self._coded_row = self._coded_mask = 0

    def open(self, at: int) -> None:
        """Position before the first row of a frame."""
        super().open(at)
        self._coded_row, self._coded_mask = self.row, self.mask

    def next(self) -> bool:
        """Go to the next row; return False after the last one."""
        self.row, self.mask = self._coded_row, self._coded_mask
        if not super().next():
            return False
        self._coded_row, self._coded_mask = self.row, self.mask
        count = len(self.values) - 1
        if self.mask >> count:
            self.row += self.values[count]
            self.mask ^= 1 << count
        return True


class ThinnedWriter:
    """Writes rows to a file as whole frames of `kind`.

    `close` writes the last frame.
    """

    def __init__(self, file, channel_count: int, row_step: int, kind: int, own_count: int = 0):
        self._file = file
        self._writer = RowsWriter(channel_count + 1, SIZE_MAX, kind, own_count)
        self._writer.channel_count = channel_count
        self._writer.row_step = row_step

    def add(self, row: int, flags: int, boot: int, s: int, ms: int, mask: int, values) -> None:
        """Append a row; its arguments are as in put_row."""
        writer = self._writer
        if writer.count:
            even = writer.row + writer.count * writer.row_step
            if row == even:
                if put_row(writer, row, flags, boot, s, ms, mask, values):
                    return
            else:
                wide = mask | 1 << writer.channel_count
                if put_row(writer, even, flags, boot, s, ms, wide, values + [row - even]):
                    return
            self.close()
        if not put_row(writer, row, flags, boot, s, ms, mask, values):
            raise ValueError("a row of %d channels does not fit a frame" % len(values))

    def close(self) -> None:
        """Write the open frame."""
        writer = self._writer
        if writer.count:
            self._file.write(memoryview(writer.buffer)[: writer.close()])
            writer.clear()


class SegmentRows:
    """Walks the rows of one segment, from the frame that may hold row `row` on.

    After `next`, `rows` is at a row, and `kind` and `at` are the kind and the offset of its frame.
    `count` is the number of channels, `read` the number of bytes read so far.
    """

    def __init__(self, queue, path: str, row: int, at: int = 0):
        """`at` is from an earlier walk; it saves the search for the row from the beginning.

        Raises FrameError without a head, OSError without a file.
        """
        walker = self._walker = segment.Walker()
        head = segment.Head(walker, path, queue.schema)
        count = self.count = len(head.channels or queue.channels)
        if head.row_step > 1:
            self.rows = ThinnedReader(walker.buffer, count, head.row_step, head.own_count)
        else:
            self.rows = RowsReader(walker.buffer, count, head.own_count)
        if not at and row > head.row:
            from wherry.queue import seek

            seek.approach(walker, path, row)
        self._begin = at or walker.offset + walker.size
        while not at and walker.next() and self._first_row() <= row:
            if is_rows(walker.buffer[walker.at]):
                self._begin = walker.offset
        walker.open(path, self._begin)
        self._in_frame = False

    def _first_row(self):
        """Return the first row of the current frame, or -1 if it holds no rows."""
        walker = self._walker
        if is_rows(walker.buffer[walker.at]):
            try:
                self.rows.open(walker.at)
                return self.rows.row
            except FrameError:
                pass
        return -1

    @property
    def kind(self) -> int:
        return self._walker.buffer[self._walker.at]

    @property
    def at(self) -> int:
        return self._walker.offset

    @property
    def read(self) -> int:
        return self._walker.offset - self._begin

    def next(self) -> bool:
        """Go to the next row; return False after the last one."""
        walker = self._walker
        while True:
            try:
                if self._in_frame and self.rows.next():
                    return True
            except FrameError:
                pass
            self._in_frame = False
            if not walker.next():
                return False
            self._in_frame = self._first_row() >= 0


def readings_after(queue, path: str, ledger) -> int:
    """Return the number of readings of a segment that are not below a ledger's cursor."""
    found = SegmentRows(queue, path, ledger.row)
    pieces = Pieces(queue)
    count = 0
    # A sample may come during the walk and need room.
    queue.is_walked = True
    try:
        while found.next():
            rows = found.rows
            pieces.step()
            if rows.row > ledger.row:
                count += count_bits(rows.mask)
            elif rows.row == ledger.row:
                count += count_bits(rows.mask >> ledger.channel)
    finally:
        queue.is_walked = False
    return count
