"""Finds a row in a segment by bisection: walking the whole segment is too slow for a batch."""

from micropython import const

from wherry.rows.form import is_rows
from wherry.rows.frame import SIZE_MAX, Cursor, frame_size

# A walker's window: a distance this short is walked.
_NEAR = const(512)


def approach(walker, path: str, row: int) -> None:
    """Move a walker to a frame whose first row is at most `row`, or leave it where it is.

    The walker is in a segment, at its head or at a frame whose first row is at most `row`. The
    last such frame begins within the next 512 B, apart from damaged bytes.
    """
    cursor = Cursor(walker.buffer)
    low = walker.offset + walker.size
    with open(path, "rb") as file:
        high = file.seek(0, 2)
        while high - low > _NEAR:
            middle = (low + high) // 2
            at = frame_after(file, cursor, middle, high)
            if at is not None and cursor.varint() >> 2 <= row:
                low = at
            else:
                high = middle
        walker.open(path, low)
        # Each further `open` would walk the folders' logs again.
        walker.fill(file)


def frame_after(file, cursor, at, end):
    """Open the first intact frame of rows between two offsets; return its offset.

    Returns None without one: the bytes there are damaged.
    """
    buffer = cursor.buffer
    while at < end:
        file.seek(at)
        count = file.readinto(buffer)
        for i in range(count):
            if is_rows(buffer[i]) and frame_size(buffer, i, count):
                cursor.open(i)
                return at + i
        # A frame may begin in this window and end in the next one.
        if count <= SIZE_MAX:
            break
        at += count - SIZE_MAX
    return None
