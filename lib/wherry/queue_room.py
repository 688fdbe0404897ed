"""Room in a queue: new segments at the tail, the oldest ones deleted. Loaded every 32 KB."""

import os

from wherry import once, segment, small_file
from wherry.frame import CHANNEL, SEGMENT, FrameError, close_frame, put_text, put_varint
from wherry.rows import RowsReader, popcount


def open_segment(queue, row: int) -> None:
    """Make room, then start a segment whose first row is `row`; OSError where the flash does."""
    while len(queue.segments) > 1 and queue_size(queue) + segment.SIZE_FULL > queue.size_max:
        if not drop_oldest(queue):
            break
    readings = max(0, queue.readings - _readings_in_hand(queue))
    while True:
        try:
            create(queue.path(row), row, readings, queue.channels, queue.ms)
            break
        except OSError as error:
            if error.errno != 28 or not drop_oldest(queue):
                raise
    if row not in queue.segments:
        queue.segments.append(row)
    queue.tail = row
    if not queue.is_thinning:
        queue.is_thinning = is_near_full(queue)


def _readings_in_hand(queue):
    """Count the readings of the row file, which come behind the new segment's head."""
    count = 0
    if queue.writer.count:
        reader = RowsReader(queue.writer.buffer, len(queue.channels))
        reader.open(0)
        while reader.next():
            count += popcount(reader.mask)
    return count


def create(path: str, row: int, readings: int, channels, ms: bool, row_step: int = 1) -> None:
    """Write a segment's head: its first row, the readings queued before it, its schema.

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
        at = put_varint(buffer, at, len(channels))
        file.write(memoryview(buffer)[: close_frame(buffer, SEGMENT, at)])
        for i, (name, unit, decimals) in enumerate(channels):
            buffer[2], buffer[3] = i, decimals
            at = put_text(buffer, put_text(buffer, 4, name), unit)
            file.write(memoryview(buffer)[: close_frame(buffer, CHANNEL, at)])


def queue_size(queue) -> int:
    """Return the bytes of all segments, and of the one that is being thinned."""
    size = sum([os.stat(queue.path(name))[6] for name in queue.segments])
    if queue.is_thinning:
        try:
            size += os.stat(queue.folder + "/thinned")[6]
        except OSError:
            pass
    return size


def is_near_full(queue) -> bool:
    """Tell whether room is to be made ahead of need, for what thinning takes meanwhile.

    A queue of few segments is not thinned.
    """
    size = queue_size(queue) + segment.SIZE_FULL * 7 // 2
    return size > queue.size_max >= 6 * segment.SIZE_FULL


def drop_oldest(queue) -> bool:
    """Delete the oldest segment, and those behind it whose heads are damaged.

    False if there is no other, or if it must stay for now. Raises OSError where the flash does.
    """
    if queue.is_thinning is not False and once("wherry.thinned", "finish", queue):
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
    if not once("wherry.thinned", "count_dropped", queue, end, readings):
        return False
    while queue.segments[0] < end:
        small_file.remove(queue.path(queue.segments[0]))
        del queue.segments[0]
    return True
