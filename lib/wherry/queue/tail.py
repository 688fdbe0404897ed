"""Finds, by the note, the segment that takes a queue's frames, before the first move.

A move may come in the middle of an exchange, when heap is scarce, so this module is small.
"""

import struct

from wherry import small_file
from wherry.queue.layout import NOTE_FORM
from wherry.rows import segment
from wherry.rows.frame import FrameError


def find_tail(queue, row: int) -> None:
    """Find the segment that takes the rows from `row` on, or begin it.

    Rows of the open frame that are already in the segment are forgotten. Raises OSError if the
    flash fails.
    """
    writer = queue.writer
    for name in _tails(queue, row):
        if tail_schema(queue, name) == queue.schema:
            if queue.check_moved and writer.count and _ends_with_row_file(queue, name):
                row = writer.row + writer.count
                writer.clear()
            if queue.places.get(name, "rows") == "rows":
                queue.tail = name
            break
    if queue.tail < 0:
        from wherry.queue import new_segment
        from wherry.queue.note import put_note

        new_segment.open_segment(queue, row)
        if not writer.count:
            put_note(queue, row, queue.readings, True)
    queue.check_moved = False


def tail_schema(queue, name: int):
    """Return the schema of a segment, or None if its head cannot be read."""
    try:
        return segment.Head(segment.Walker(), queue.path(name), queue.schema).schema
    except (FrameError, OSError):
        return None


def read_note(queue):
    """Return the note as (tail, schema, row, readings, flags), or None.

    Flag 1 means that the row file is empty, flag 2 that a segment is being thinned.
    """
    content = small_file.read(queue.root + "/rows/tail")
    if content is None or len(content) != struct.calcsize(NOTE_FORM):
        return None
    note = struct.unpack(NOTE_FORM, content)
    if note[4] & 2:
        queue.is_thinning = True
    return note


def _tails(queue, row):
    """Yield the segments that may be the tail: a power cut may separate one from its note."""
    if queue.listed is None:
        note = read_note(queue)
        if note and note[1] == queue.schema and note[2] == row:
            yield row
            yield note[0]
    if queue.segments:
        yield queue.segments[-1]


def _ends_with_row_file(queue, name):
    """Return True if a power cut came between a move and the row file's next write."""
    frame = queue.writer.frame()
    with open(queue.path(name), "rb") as file:
        at = file.seek(0, 2) - len(frame)
        if at < 0:
            return False
        file.seek(at)
        return file.read() == frame
