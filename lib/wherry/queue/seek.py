"""Where in a segment a row may stand, found by halving: a batch is not worth walking it all."""

from micropython import const

from wherry.rows.form import is_rows
from wherry.rows.frame import Cursor, frame_size

# Two windows of a walker: they are walked.
_NEAR = const(1024)


def approach(walker, path: str, row: int) -> None:
    """Let a walker that stands on a segment's head go to a frame of no row above `row`.

    There is no such frame beyond the next KB.
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
