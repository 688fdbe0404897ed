"""The segment that takes a queue's frames: found before its first move, with the note's help.

A move may come in the middle of an exchange, when the heap is scarce: nothing else stands here.
"""

import struct

from wherry import once, segment, small_file
from wherry.frame import FrameError
from wherry.queue import NOTE_FORM


def find_tail(queue, row: int) -> None:
    """Find the segment that takes the rows from `row` on, or begin it.

    Rows in hand that it has already are let go. Raises OSError where the flash does.
    """
    for name in _tails(queue, row):
        if tail_schema(queue, name) == queue.schema:
            queue.tail = name
            if queue.check_moved and queue.writer.count and _ends_with_row_file(queue):
                queue.writer.clear()
            break
    else:
        once("wherry.queue_room", "open_segment", queue, row)
        if not queue.writer.count:
            queue.put_note(row, queue.readings, True)
    queue.check_moved = False


def tail_schema(queue, name: int):
    """Return the schema of a segment, None if it cannot be told."""
    try:
        return segment.Head(segment.Walker(), queue.path(name), queue.schema).schema
    except (FrameError, OSError):
        return None


def read_note(queue):
    """Return the note as (tail, schema, row, readings, flags), or None.

    Flags: 1 the row file is empty, 2 a segment is being thinned.
    """
    content = small_file.read(queue.root + "/rows/tail")
    if content is None or len(content) != struct.calcsize(NOTE_FORM):
        return None
    note = struct.unpack(NOTE_FORM, content)
    if note[4] & 2:
        queue.is_thinning = True
    return note


def _tails(queue, row):
    """Yield the segments that may be the tail: a cut may have come between one and its note."""
    if queue.listed is None:
        note = read_note(queue)
        if note and note[1] == queue.schema and note[2] == row:
            yield row
            yield note[0]
    if queue.segments:
        yield queue.segments[-1]


def _ends_with_row_file(queue):
    """Tell whether a cut came between a move and the row file's next content."""
    frame = queue.writer.frame()
    with open(queue.path(queue.tail), "rb") as file:
        at = file.seek(0, 2) - len(frame)
        if at < 0:
            return False
        file.seek(at)
        return file.read() == frame
