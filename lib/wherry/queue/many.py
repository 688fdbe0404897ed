"""Appends many rows to a queue: full frames go to segments, the rest to the row file.

Before the first frame is written to a segment, a byte is added after the row file's frame. It
marks that segments may hold newer rows than RTC memory and the note show. The next write of the
row file removes it.
"""

import os

from micropython import const

from wherry.queue.append import ensure_tail, needs_look, write
from wherry.queue.layout import INLINE_SIZE_MAX
from wherry.queue.note import put_note
from wherry.rows.frame import SIZE_MAX
from wherry.rows.mask import count_bits
from wherry.rows.put import put_row

_ENOSPC = const(28)


def extend(queue, rows) -> int:
    """Implement Queue.extend."""
    first = queue.next_row
    many = _Many(queue)
    try:
        try:
            for row in rows:
                many.add(*row)
        except ValueError:
            many.finish()  # The rows before the invalid one are kept.
            raise
        many.finish()
    except OSError as error:
        if error.errno == _ENOSPC:
            # Free space for a retry. Rows already taken from `rows` cannot be read again.
            from wherry.queue import room

            room.drop_oldest(queue)
        many.give_up()
        raise
    return queue.next_row - first


class _Many:
    """The state of one call of `extend`.

    `next_row` and `readings` include the rows of the open frame, which are not durable yet. Once a
    frame `has_moved`, `moved_row` and `moved_readings` are the same counts without these rows.
    `kept` is the row file's frame before the first move.
    """

    def __init__(self, queue):
        self.queue = queue
        self.writer = queue.writer
        self.first = self.next_row = self.moved_row = queue.next_row
        self.readings = self.moved_readings = queue.readings
        self.kept = b""
        self.file = None
        self.has_begun = self.has_moved = False

    def add(self, flags, boot, s, ms, mask, values):
        """Add a row."""
        writer = self.writer
        if not self.has_begun:
            self._begin()
        row = self.next_row
        if not writer.count or not put_row(writer, row, flags, boot, s, ms, mask, values):
            if writer.count:
                self._move()
            if not put_row(writer, row, flags, boot, s, ms, mask, values):
                raise ValueError("a row of %d channels does not fit a frame" % len(values))
        self.next_row += 1
        self.readings += count_bits(mask)

    def _begin(self):
        writer = self.writer
        ensure_tail(self.queue, writer.row if writer.count else self.next_row)
        if writer.count:
            self.kept = writer.frame()
        writer.size_max = SIZE_MAX
        self.has_begun = True

    def finish(self):
        """Make all rows durable."""
        queue, writer = self.queue, self.writer
        if self.next_row == self.first and not self.has_moved:
            writer.size_max = INLINE_SIZE_MAX
            return
        if writer.count and writer.close() > INLINE_SIZE_MAX:
            self._move()
        self._commit()
        writer.size_max = INLINE_SIZE_MAX
        if self.has_moved:
            put_note(queue, self.moved_row, self.moved_readings, not writer.count)
        if writer.count:
            write(queue, queue.row_path, "wb")
        else:
            open(queue.row_path, "wb").close()
        queue.next_row, queue.readings = self.next_row, self.readings

    def give_up(self):
        """Recover the queue from flash, or restore its state if the flash cannot be read."""
        queue = self.queue
        if self.file:
            try:
                self.file.close()
            except OSError:
                pass  # The first error is the one to report.
        self.writer.size_max = INLINE_SIZE_MAX
        queue.tail, queue.listed = -1, None
        queue.moves += 1
        known = queue.next_row, queue.readings
        try:
            from wherry.queue import recovery

            recovery.recover(queue, None)
        except OSError:
            self.writer.clear()
            if self.kept and known[0] == self.first:
                from wherry.queue import open_frame

                open_frame.resume(queue.writer, self.kept)
            queue.next_row, queue.readings = known

    def _move(self):
        """Write the open frame to the tail segment, or to a new one if that is full."""
        writer = self.writer
        size = writer.close()
        if not self.file:
            self._mark()
            self._open()
        if self.size + size > self.queue.segment_size:
            self._commit()
            self._open_segment()
            self._open()
        elif needs_look(self.queue, self.size, size):
            self._commit()
            from wherry.queue import room

            room.make_room(self.queue)
            self._open()
        self.file.write(memoryview(writer.buffer)[:size])
        self.size += size
        self.moved_row, self.moved_readings = self.next_row, self.readings
        self.has_moved = True
        writer.clear()

    def _mark(self):
        with open(self.queue.row_path, "wb") as file:
            file.write(self.kept + b"\0")

    def _open(self):
        path = self.queue.path(self.queue.tail)
        self.size = os.stat(path)[6]
        self.file = open(path, "ab")  # noqa: SIM115

    def _open_segment(self):
        queue = self.queue
        durable = queue.readings
        # open_segment subtracts the readings of the open frame.
        queue.readings = self.readings
        try:
            from wherry.queue import new_segment

            new_segment.open_segment(queue, self.writer.row)
        finally:
            queue.readings = durable

    def _commit(self):
        """Make the moved frames durable."""
        if self.file:
            file, self.file = self.file, None
            file.close()
            self.queue.next_row, self.queue.readings = self.moved_row, self.moved_readings
            self.queue.moves += 1
