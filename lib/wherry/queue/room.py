"""Room in a queue: new segments at the tail, the oldest ones deleted. Loaded every 16 KB."""

import os

from micropython import const

from wherry import small_file
from wherry.queue.layout import LOOKS
from wherry.queue.listing import remove, remove_folder
from wherry.rows import segment
from wherry.rows.frame import CHANNEL, SEGMENT, FrameError, close_frame
from wherry.rows.mask import count_bits
from wherry.rows.reader import RowsReader
from wherry.rows.varint import put_text, put_varint

_ENOSPC = const(28)
# Segments a folder.
FOLDER_COUNT_MAX = 16
# What may come until room is looked for again, beside a step of the tail: a frame.
_MARGIN_SIZE = const(256)


def open_segment(queue, row: int) -> None:
    """Make room, then start a segment whose first row is `row`; OSError where the flash does."""
    make_room(queue)
    readings = max(0, queue.readings - _readings_in_hand(queue))
    while True:
        try:
            _put_away(queue, row)
            path = "%s/rows/%010x" % (queue.root, row)
            create(path, row, readings, queue.channels, queue.own_count, queue.ms)
            break
        except OSError as error:
            if error.errno != _ENOSPC or not drop_oldest(queue):
                raise
    queue.places[row] = "rows"
    if row not in queue.segments:
        queue.segments.append(row)
    queue.tail = row


def make_room(queue) -> None:
    """Have room until it is looked for again; raises OSError where the flash does."""
    room = queue.segment_size // LOOKS + _MARGIN_SIZE
    size = queue_size(queue)
    while len(queue.segments) > 1 and size + room > queue.size_max:
        if not drop_oldest(queue):
            break
        size = queue_size(queue)
    if not queue.is_thinning:
        queue.is_thinning = is_near_full(queue, size)


def _put_away(queue, row):
    """Move what lies beside the row file into the newest folder of segments, or a new one.

    A segment that names `row` as its first one has no rows.
    """
    if queue.places.get(row, "rows") != "rows":
        remove(queue, row)
        queue.segments.remove(row)
    for name in [name for name in queue.segments if queue.places[name] == "rows" and name != row]:
        in_folders = [queue.places[other] for other in queue.segments]
        folder = max(in_folders)
        if folder <= "segments" or in_folders.count(folder) >= FOLDER_COUNT_MAX:
            folder = "segments/%010x" % name
            _clear_folders(queue)
            small_file.make_folder(queue.root + "/" + folder)
        os.rename(queue.path(name), "%s/%s/%010x" % (queue.root, folder, name))
        queue.places[name] = folder
    for name in segment.names(queue.root + "/rows", "%010x"):
        if name not in queue.places:
            small_file.remove("%s/rows/%010x" % (queue.root, name))


def _clear_folders(queue):
    """Remove folders that a cut has left empty."""
    for number in segment.names(queue.folder, "%010x"):
        folder = "segments/%010x" % number
        if folder not in queue.places.values():
            remove_folder(queue, folder)


def _readings_in_hand(queue):
    """Count the readings of the row file, which come behind the new segment's head."""
    count = 0
    if queue.writer.count:
        reader = RowsReader(queue.writer.buffer, len(queue.channels), queue.own_count)
        reader.open(0)
        while reader.next():
            count += count_bits(reader.mask)
    return count


def create(path: str, row, readings, channels, own_count, ms: bool, row_step: int = 1) -> None:
    """Write a segment's head: its first row, the readings queued before it, its two schemas.

    It is that of a thinned segment if `row_step` is more than 1.
    """
    buffer = bytearray(480)
    with open(path, "wb") as file:
        at = put_varint(buffer, 2, segment.FORMAT)
        at = put_varint(buffer, at, row)
        at = put_varint(buffer, at, readings)
        at = put_varint(buffer, at, (1 if ms else 0) | (2 if row_step > 1 else 0))
        if row_step > 1:
            at = put_varint(buffer, at, row_step)
        at = put_varint(buffer, put_varint(buffer, at, len(channels)), own_count)
        file.write(memoryview(buffer)[: close_frame(buffer, SEGMENT, at)])
        for i, (name, unit, decimals) in enumerate(channels):
            buffer[2], buffer[3] = i, decimals
            at = put_text(buffer, put_text(buffer, 4, name), unit)
            file.write(memoryview(buffer)[: close_frame(buffer, CHANNEL, at)])


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
    """Yield (name, bytes) of a folder's entries: the chip looks up none of them for it."""
    if not hasattr(os, "ilistdir"):
        for name in os.listdir(folder):
            yield name, os.stat(folder + "/" + name)[6]
        return
    for entry in os.ilistdir(folder):
        # A desktop's entry has no size.
        size = entry[3] if len(entry) > 3 else os.stat(folder + "/" + entry[0])[6]
        yield entry[0], size


def is_near_full(queue, size: int) -> bool:
    """Tell whether room is to be made ahead of need, for what thinning takes meanwhile.

    `size` is the queue's. A queue of few segments is not thinned.
    """
    # Two segments become one of at most five eighths; and what comes until then.
    size += queue.segment_size * 7 // 4 + 2 * _MARGIN_SIZE
    return size > queue.size_max >= 6 * queue.segment_size


def drop_oldest(queue) -> bool:
    """Delete the oldest segment, and those behind it whose heads are damaged.

    False if there is no other, or if it must stay for now. Raises OSError where the flash does.
    """
    from wherry.queue import thinned

    # Also where that is not known yet.
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
    if not thinned.count_dropped(queue, end, readings):
        return False
    while queue.segments[0] < end:
        remove(queue, queue.segments[0])
        del queue.segments[0]
    return True
