"""Replaces two segments with a thinned one, and counts thinned and dropped readings in ledgers.

The last frame of a thinned segment, complete or not, records its progress:

    u8 whole · u64 row · u64 kept · u64 gone · u32 at        THINNING

The rows below `row` were judged, and `kept` of their readings stay; `at` is the offset in their
segment from which reading continues. In a complete segment, `gone` is the number of readings that
were queued and are not in it. A complete segment replaces its two sources in an order in which a
power cut neither loses nor doubles a reading: the ledgers count the readings that wait below its
end and are not in it, the younger source is deleted, and the new segment replaces the older. A
step repeated after a cut changes nothing. No other code uses an incomplete segment.
"""

import os
import struct

from micropython import const

from wherry import small_file
from wherry.rows import segment
from wherry.rows.frame import FrameError, close_frame, frame_size

THINNING = const(0xAC)
_FORM = "<BQQQI"
_FRAME_SIZE = const(35)


def finish(queue) -> bool:
    """Replace the sources of a complete new segment; return False without one.

    This runs before rows are sent or dropped. Raises OSError if the flash fails.
    """
    path = new_path(queue)
    progress = read_progress(path)
    queue.is_thinning = bool(progress)
    if not progress or not progress[0]:
        return False
    _, end, kept, gone, _ = progress
    head = _head(queue, path)
    if not head or head.row not in queue.segments:
        small_file.remove(path)
        return False
    older = [name for name in queue.segments if head.row <= name < end]
    settled = head.readings + kept + gone + gone_from(queue, end)
    count = gone - sum([_gone(queue, name) for name in older])
    for _, ledger in ledgers(queue):
        if (ledger.row, ledger.channel) <= (head.row, 0):
            # All readings of the sources wait; `thin` prevents a second count after a power cut.
            if ledger.thin != (head.row, end):
                ledger.thin = head.row, end
                _count(ledger, count)
        elif ledger.row < end:
            from wherry.queue import thinned_rows

            kept = thinned_rows.readings_after(queue, path, ledger)
            _count(ledger, settled - kept - ledger.settled())
    for name in older[1:]:
        from wherry.queue import listing

        listing.remove(queue, name)
    os.rename(path, queue.path(head.row))
    # A new list invalidates the position that a reader remembers.
    queue.listed = [name for name in queue.segments if name not in older[1:]]
    return True


def _head(queue, path):
    try:
        return segment.Head(segment.Walker(), path, queue.schema)
    except FrameError:
        return None


def _count(ledger, count):
    if count:
        ledger.thinned = max(0, ledger.thinned + count)
        ledger.save()


def ledgers(queue):
    """Yield (label, ledger) of all uplinks, including those no longer configured.

    Of the latter, only ledgers in files are found.
    """
    names = [upload.name for upload in queue.uploads]
    for upload in queue.uploads:
        yield upload.name, upload.ledger
    folder = queue.root + "/cursors"
    small_file.make_folder(folder)
    for name in os.listdir(folder):
        if name not in names:
            ledger = queue.ledger(name)
            if not ledger.is_new:
                yield name, ledger


def count_dropped(queue, end: int, readings: int) -> bool:
    """Count the rows below a segment's first row, before which `readings` were queued, as dropped.

    Returns False if they must stay for now. For an uplink that waits before that row, the readings
    thinned after the row are settled, too.
    """
    settled = readings + gone_from(queue, end)
    if queue.on_drop and not queue.on_drop(end, settled):
        return False
    for _, ledger in ledgers(queue):
        ledger.drop(end, settled)
    return True


def gone_from(queue, row: int) -> int:
    """Return the number of readings thinned in the segments from a row on."""
    gone = 0
    for name in queue.segments:
        if name >= row:
            gone += _gone(queue, name)
    return gone


def _gone(queue, name):
    progress = read_progress(queue.path(name))
    return progress[3] if progress else 0


def new_path(queue) -> str:
    """Return the path of the new segment."""
    return queue.folder + "/thinned"


def read_progress(path: str):
    """Return (whole, row, kept, gone, at) of a thinned segment, or None if it is not one."""
    try:
        size = os.stat(path)[6]
    except OSError:
        return None
    with open(path, "rb") as file:
        file.seek(max(0, size - _FRAME_SIZE))
        frame = file.read()
    if frame_size(frame, 0, len(frame)) != _FRAME_SIZE or frame[0] != THINNING:
        return None
    return struct.unpack(_FORM, frame[2:-4])


def put_progress(file, *progress) -> None:
    """Write the last frame of a piece; the fields are as read_progress returns them."""
    buffer = bytearray(_FRAME_SIZE)
    struct.pack_into(_FORM, buffer, 2, *progress)
    close_frame(buffer, THINNING, _FRAME_SIZE - 4)
    file.write(buffer)
