"""Makes room in a ring: opens the next page and gives up the oldest. Loaded once per 4 KB.

The order is: count the rows given up, zero the page's head, and erase the page only right before
use, because after a power cut a page may look erased without being so. The ledgers are written
before the head, so that a page with a head has them all.
"""

import os

from micropython import const

from wherry import small_file
from wherry.ring import ledgers
from wherry.ring.pages import HEAD_SIZE, after_torn, head, read_head
from wherry.rows import segment
from wherry.rows.frame import FrameError

_ENOSPC = const(28)


def free_next(ring) -> None:
    """Give up the page after the tail, unless it must stay for now. Raises OSError.

    The rows of a page that is already free may not have been counted: a power cut can come in
    between.
    """
    page = (ring.page + 1) % ring.page_count
    found = read_head(ring.device, page)
    if (found or ring.tail_sequence() >= ring.page_count - 1) and not _may_drop(ring, page):
        return
    if found:
        ring.device.writeblocks(page, bytes(HEAD_SIZE), 0)
        ring.drops += 1
    ring.freed = True


def _may_drop(ring, page):
    """Count the page's waiting readings as dropped; return True if the page may be freed."""
    end, readings = _first_after(ring, page)
    ring.dropping = True
    try:
        if ring.on_drop and not ring.on_drop(end, readings):
            return False
        _count_dropped(ring, end, readings)
        return True
    finally:
        ring.dropping = False


def _count_dropped(ring, end, readings):
    """Count the dropped readings of uplinks that are no longer configured."""
    if ring.ledgers is None:
        ledgers.load(ring)
    names = [upload.name for upload in ring.uploads]
    for label in list(ring.ledgers or ()):
        if label not in names:
            ring.ledger(label).drop(end, readings)


def _first_after(ring, page):
    """Return the first row of the pages after `page`, and the readings before it."""
    while page != ring.page:
        page = (page + 1) % ring.page_count
        found = read_head(ring.device, page)
        if found:
            return found[1], found[2]
    return ring.next_row, ring.readings


def open_page(ring) -> None:
    """Begin the next page; raises OSError if the flash fails, ENOSPC if it is not free yet."""
    if not ring.freed:
        free_next(ring)
        if not ring.freed:
            raise OSError(_ENOSPC, "the oldest rows must not be dropped yet")
    device = ring.device
    if ring.ledgers is None:
        ledgers.load(ring)
    sequence = ring.tail_sequence() + 1
    keep_schema(ring)
    page = (ring.page + 1) % ring.page_count
    device.ioctl(6, page)
    ring.labels = {}
    offset = HEAD_SIZE
    for label, content in ring.ledgers.items():
        ring.labels[label], frame = ledgers.frame(ring, label, content)
        device.writeblocks(page, frame, offset)
        offset += len(frame)
    device.writeblocks(page, head(sequence, ring.next_row, ring.readings, ring.schema), 0)
    ring.page, ring.offset, ring.sequence = page, offset, sequence
    ring.freed = ring.closed = False
    ring.end_chain()


def give_up(ring, size: int) -> None:
    """Skip a frame whose write failed, and zero it so that it is never read."""
    offset = ring.offset
    ring.offset = after_torn(offset)
    ring.end_chain()
    try:
        ring.device.writeblocks(ring.page, bytes(size), offset)
    except OSError:
        pass  # The frame was then most likely not written either.


def keep_schema(ring) -> None:
    """Write the channels' names to a file before a page refers to their schema."""
    path = ring.schema_path(ring.schema)
    try:
        if segment.Head(segment.Walker(), path, ring.schema).schema == ring.schema:
            return
    except (FrameError, OSError):
        pass  # The schema is new.
    small_file.make_folder(ring.folder)
    needed = []
    for page in range(ring.page_count):
        found = read_head(ring.device, page)
        if found:
            needed.append("%08x" % found[3])
    for name in os.listdir(ring.folder):
        if name not in needed:
            small_file.remove(ring.folder + "/" + name)
    from wherry.queue import new_segment

    new_segment.create(path, 0, 0, ring.channels, ring.own_count, ring.ms)
