"""Narrows the search for the end of a boot's rows by the heads of frames.

A search by row numbers opens a segment at each step. Where the flash is mounted in small pieces,
an open costs up to 380 reads. Here one open serves all steps within a segment. Loaded for
estimates.
"""

from micropython import const

from wherry.queue.seek import frame_after
from wherry.rows.frame import MS, UNDATED, Cursor

_WINDOW_SIZE = const(512)


def narrow(queue, boot: int, low: int, high: int) -> tuple:
    """Return (low, high), closer row numbers between which the rows of later boots begin.

    Raises OSError if the flash fails.
    """
    if queue.idle:
        queue.idle()
    cursor = Cursor(bytearray(_WINDOW_SIZE))
    names = [name for name in queue.segments if low < name < high]
    older = [name for name in queue.segments if name <= low][-1:]
    while names:
        name = names[len(names) // 2]
        with open(queue.path(name), "rb") as file:
            found = _head_after(file, cursor, 0, file.seek(0, 2))
        if found and found[1] > boot:
            high = min(high, found[0])
            names = [each for each in names if each < name]
        else:
            # A segment without a boot changes nothing: a later one may be of an earlier boot.
            low = _raised(low, found, high)
            older = [name]
            names = [each for each in names if each > name]
    for name in older:
        with open(queue.path(name), "rb") as file:
            return _within(file, cursor, boot, low, high)
    return low, high


def _raised(low, found, high):
    """Return `low`, or the first row of a later frame that is of this queue."""
    return found[0] if found and low < found[0] < high else low


def _within(file, cursor, boot, low, high):
    """Narrow the rows by the frames of one segment."""
    begin, end = 0, file.seek(0, 2)
    while end - begin > _WINDOW_SIZE:
        middle = (begin + end) // 2
        found = _head_after(file, cursor, middle, end)
        if found and found[1] <= boot:
            begin, low = middle, _raised(low, found, high)
        else:
            end = middle
            if found:
                high = min(high, found[0])
    return low, high


def _head_after(file, cursor, at, end):
    """Return (first row, boot) of the first frame between two offsets that shows a boot, or None.

    A frame of the node's own dated rows does not: one that states an uncertainty may be among rows
    without a date.
    """
    while True:
        at = frame_after(file, cursor, at, end)
        if at is None:
            return None
        at += cursor.end - cursor.at
        row = cursor.varint()
        boot = cursor.varint() if row & UNDATED else 0
        cursor.varint()
        if row & MS:
            cursor.varint()
        if row & UNDATED or not cursor.varint() & 1:
            return row >> 2, boot
