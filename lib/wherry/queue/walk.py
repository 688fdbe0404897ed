"""Finds the end of a queue by reading its segments, if neither the hint nor the note states it.

Writes nothing, unless the channels have changed. Loaded at the first boot, after an upgrade, after
a power cut between two files, and if there is damage.
"""

import os

from micropython import const

from wherry import small_file
from wherry.queue.open_frame import resume
from wherry.queue.stride import Pieces
from wherry.rows import segment
from wherry.rows.form import is_rows
from wherry.rows.frame import FrameError
from wherry.rows.mask import count_bits
from wherry.rows.reader import ANY_COUNT, ANY_OWN_COUNT, RowsReader

_ENOSPC = const(28)
# Row numbers skipped if the newest frame was lost: no number is ever used twice. A row in a Rice
# frame may need only two bits.
_ROWS_LOST_MAX = const(1024)


def walk(queue, frame, hint) -> None:
    """Set up a queue; `frame` is the row file's, b"" without one, or None if it is damaged."""
    small_file.make_folder(queue.root + "/rows")
    tail = None
    if queue.segments:
        from wherry.queue import tail as queue_tail

        tail = queue_tail.tail_schema(queue, queue.segments[-1])
    # None means a damaged head: assume the current channels, unless the hint has others.
    known = not hint or hint[2] == queue.schema
    same_schema = tail == queue.schema or (tail is None and known)
    if frame and same_schema:
        if resume(queue.writer, frame) < 0:
            queue.damaged += 1
        queue.check_moved = True
    queue.next_row = queue.writer.row + queue.writer.count
    queue.readings = 0
    if frame or queue.segments:
        _scan(queue, frame, same_schema)
    if hint:
        # Rows lost in a damaged file stay counted, and no number is used twice.
        queue.next_row = max(queue.next_row, hint[0])
        queue.readings = max(queue.readings, hint[1])
    if frame is None:
        queue.next_row += _ROWS_LOST_MAX
        queue.damaged += 1


def _scan(queue, frame, same_schema):
    """Count the readings from the last readable segment's head to the end of the row file.

    If the channels have changed since, the row file is moved to the segment that it belongs to. A
    segment with a damaged head still has readable row numbers.
    """
    walker = segment.Walker()
    walker.idle = queue.idle
    reader = RowsReader(walker.buffer, ANY_COUNT, ANY_OWN_COUNT)
    pieces = Pieces(queue)
    end = 0
    damaged = queue.damaged
    first, head = _last_readable(queue, walker)
    if head:
        queue.readings, end = head.readings, head.row
    # The row file belongs to this segment, unless it belongs to a damaged one.
    own = queue.segments[first] if head and queue.damaged == damaged else -1
    for name in queue.segments[first:]:
        if queue.idle:
            queue.idle()
        if name != queue.segments[first] or not head:
            walker.open(queue.path(name), 0)
            end = max(end, name)
        elif head.row_step > 1:
            # The heads of all segments after it are damaged.
            from wherry.queue import thinned

            progress = thinned.read_progress(queue.path(name))
            queue.readings += progress[2] + progress[3] if progress else 0
            continue
        while walker.next():
            if is_rows(walker.buffer[walker.at]):
                end = max(end, _count_rows(pieces, reader, walker.at, end))
    queue.damaged += walker.damaged
    if frame:
        reader = RowsReader(bytearray(frame), ANY_COUNT, ANY_OWN_COUNT)
        row = _count_rows(pieces, reader, 0, end)
        if not same_schema:
            _move_foreign(queue, frame if row > end else b"", own)
        elif row <= end and own >= 0:
            queue.writer.clear()  # The segment holds them all.
        end = max(end, row)
    elif walker.damaged:
        end += _ROWS_LOST_MAX
    queue.next_row = max(queue.next_row, end)


def _last_readable(queue, walker):
    """Return the index and head of the last readable segment, (0, None) without one."""
    for i in range(len(queue.segments) - 1, -1, -1):
        path = queue.path(queue.segments[i])
        try:
            return i, segment.Head(walker, path, queue.schema)
        except FrameError:
            if os.stat(path)[6]:
                queue.damaged += 1
    return 0, None


def _count_rows(pieces, reader, at, from_row):
    """Count the readings of a frame's rows from a row on; return the row after the frame."""
    queue = pieces.queue
    try:
        reader.open(at)
        if reader.row > from_row:
            queue.damaged += 1  # Whole frames are missing.
        while reader.next():
            pieces.step()
            if reader.row >= from_row:
                queue.readings += count_bits(reader.mask)
    except FrameError:
        queue.damaged += 1
    return reader.row + 1


def _move_foreign(queue, frame, own):
    """Move a row file of older channels to its own segment before that segment is closed.

    If the flash is full, the oldest segment is dropped and counted in the ledgers.
    """
    # The note describes rows that are about to leave the row file.
    small_file.remove(queue.root + "/rows/tail")
    if own >= 0:
        _append(queue, own, frame)
    elif frame:
        queue.damaged += 1  # The names of its channels are lost.
    # The next boot must not read it as rows of the new channels.
    open(queue.row_path, "wb").close()


def _append(queue, own, frame):
    while True:
        try:
            with open(queue.path(own), "ab") as file:
                file.write(frame)
            return
        except OSError as error:
            if error.errno != _ENOSPC or queue.segments[0] == own:
                raise
            from wherry.queue import room

            if not room.drop_oldest(queue):
                raise
