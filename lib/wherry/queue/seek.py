"""Finds a row in a segment by bisection: walking the whole segment is too slow for a batch."""

from micropython import const

from wherry.rows.form import is_rows
from wherry.rows.frame import Cursor, frame_size

# Two windows of a walker: a distance this short is walked.
_NEAR = const(1024)


def approach(walker, path: str, row: int) -> None:
    """Move a walker from a segment's head to a frame whose first row is at most `row`.

    The last such frame is within the next KB.
    """
    buffer = walker.buffer
    cursor = Cursor(buffer)
    low = walker.offset + walker.size
    with open(path, "rb") as file:
        high = file.seek(0, 2)
        while high - low > _NEAR:
            middle = (low + high) // 2
            file.seek(middle)
            end = file.readinto(buffer)
            at = 0
            while at < end and not (is_rows(buffer[at]) and frame_size(buffer, at, end)):
                at += 1
            if at < end:
                cursor.open(at)
            if at < end and cursor.varint() >> 2 <= row:
                low = middle + at
            else:
                high = middle
    walker.open(path, low)
