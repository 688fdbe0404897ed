"""How ledgers and drops count a thinned segment, and how a new one takes its place.

The last frame of a thinned segment, and of one that is being made, says how far it is:

    u8 whole · u64 row · u64 kept · u64 gone · u32 at        THINNING

The rows below `row` were judged, and `kept` of their readings stay; `at` is where to go on reading
in their segment. Once it is whole, `gone` are the readings that were queued and are not in it. A
new one that is whole takes its place in an order in which a cut loses and doubles nothing: the
ledgers count what waits below its end and is not in it, the younger of the two is deleted, the new
one replaces the older. A step that is repeated after a cut finds nothing more to do. Until it is
whole, no other code uses it.
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
    """Let a new segment that is whole take its place; False if there is none.

    It comes before rows are sent or dropped. Raises OSError where the flash does.
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
            # All of them waited; what was counted before a cut is not counted again.
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
    # Another list: what a reader remembers of the old segments is void.
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
    """Yield (label, ledger) of all uplinks: also of those that the configuration names no more.

    Of these only the ones that lie in files.
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

    Returns False if they must stay for now. For an uplink that waits before that row, what was
    thinned after the row is settled, too.
    """
    settled = readings + gone_from(queue, end)
    if queue.on_drop and not queue.on_drop(end, settled):
        return False
    for _, ledger in ledgers(queue):
        ledger.drop(end, settled)
    return True


def gone_from(queue, row: int) -> int:
    """Return the readings that were thinned in the segments from a row on."""
    gone = 0
    for name in queue.segments:
        if name >= row:
            gone += _gone(queue, name)
    return gone


def _gone(queue, name):
    progress = read_progress(queue.path(name))
    return progress[3] if progress else 0


def new_path(queue) -> str:
    """Return the path of the segment that is being made."""
    return queue.folder + "/thinned"


def read_progress(path: str):
    """Return (whole, row, kept, gone, at) of a thinned segment, None of any other, or no file."""
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
    """Write the last frame of a piece, which read_progress returns."""
    buffer = bytearray(_FRAME_SIZE)
    struct.pack_into(_FORM, buffer, 2, *progress)
    close_frame(buffer, THINNING, _FRAME_SIZE - 4)
    file.write(buffer)
