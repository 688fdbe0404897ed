"""Makes room in a queue by deleting the oldest segments. Loaded after every 16 KB of growth."""

import os

from micropython import const

from wherry.queue.layout import LOOKS
from wherry.rows import segment
from wherry.rows.frame import FrameError

# Between two checks for room, the tail may grow by its step and one frame.
_MARGIN_SIZE = const(256)


def make_room(queue) -> None:
    """Make room until the next check; raises OSError if the flash fails."""
    room = queue.segment_size // LOOKS + _MARGIN_SIZE
    size = queue_size(queue)
    while len(queue.segments) > 1 and size + room > queue.size_max:
        if not drop_oldest(queue):
            break
        size = queue_size(queue)
    if not queue.is_thinning:
        queue.is_thinning = is_near_full(queue, size)


def queue_size(queue) -> int:
    """Return the bytes of all segments, and of the one that is being thinned."""
    paths = [queue.path(name) for name in queue.segments]
    if queue.is_thinning:
        paths.append(queue.folder + "/thinned")
    total = 0
    for folder in {path[: path.rfind("/")] for path in paths}:
        for name, size in _sizes(folder):
            if folder + "/" + name in paths:
                total += size
    return total


def _sizes(folder):
    """Yield (name, bytes) of a folder's entries; the chip needs no separate look-up for each."""
    if not hasattr(os, "ilistdir"):
        for name in os.listdir(folder):
            yield name, os.stat(folder + "/" + name)[6]
        return
    for entry in os.ilistdir(folder):
        # A desktop's entry lacks the size.
        size = entry[3] if len(entry) > 3 else os.stat(folder + "/" + entry[0])[6]
        yield entry[0], size


def is_near_full(queue, size: int) -> bool:
    """Return True if room must be made ahead of need, because thinning itself needs some.

    `size` is the queue's, in bytes. A queue of few segments is not thinned.
    """
    # The new segment has at most five eighths of its two sources; the rest is growth until then.
    size += queue.segment_size * 7 // 4 + 2 * _MARGIN_SIZE
    return size > queue.size_max >= 6 * queue.segment_size


def drop_oldest(queue) -> bool:
    """Delete the oldest segment, and those after it whose heads are damaged.

    Returns False if it is the only one or must stay for now. Raises OSError if the flash fails.
    """
    if queue.is_walked:
        return False
    from wherry.queue import thinned

    # None means that it is not known yet whether a segment is being thinned.
    if queue.is_thinning is not False and thinned.finish(queue):
        return True
    if len(queue.segments) < 2:
        return False
    end, readings = queue.segments[1], 0
    for name in queue.segments[1:]:
        try:
            head = segment.Head(segment.Walker(), queue.path(name), queue.schema)
            end, readings = name, head.readings
            break
        except FrameError:
            continue
    # Imported before the rows are counted, because loading may fail.
    from wherry.queue import listing

    if not thinned.count_dropped(queue, end, readings):
        return False
    while queue.segments[0] < end:
        listing.remove(queue, queue.segments[0])
        del queue.segments[0]
    return True
