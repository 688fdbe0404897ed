"""A new segment at a queue's tail. Loaded on demand, as is the code that makes room for it."""

import os

from micropython import const

from wherry import free
from wherry.rows import segment
from wherry.rows.frame import CHANNEL, SEGMENT, SIZE_MAX, close_frame
from wherry.rows.mask import count_bits
from wherry.rows.numbers import numbers
from wherry.rows.reader import RowsReader
from wherry.rows.varint import put_text, put_varint

_ENOSPC = const(28)
# Segments per folder.
FOLDER_COUNT_MAX = 16


def open_segment(queue, row: int) -> None:
    """Make room, then begin a segment at row `row`; raises OSError if the flash fails."""
    _make_room(queue)
    # Free the modules that made room.
    free()
    readings = max(0, queue.readings - _open_readings(queue))
    while True:
        try:
            _put_away(queue, row)
            path = "%s/rows/%010x" % (queue.root, row)
            create(path, row, readings, queue.channels, queue.own_count, queue.ms)
            break
        except OSError as error:
            if error.errno != _ENOSPC or not _drop_oldest(queue):
                raise
    queue.places[row] = "rows"
    if row not in queue.segments:
        queue.segments.append(row)
    queue.tail = row


def _make_room(queue):
    from wherry.queue import room

    room.make_room(queue)


def _drop_oldest(queue):
    from wherry.queue import room

    return room.drop_oldest(queue)


def _put_away(queue, row):
    """Move the segments next to the row file to the newest folder of segments, or a new one.

    A segment already named `row` has no rows and is overwritten.
    """
    for name in [name for name in queue.segments if queue.places[name] == "rows" and name != row]:
        in_folders = [queue.places[other] for other in queue.segments]
        folder = max(in_folders)
        if folder == "rows" or in_folders.count(folder) >= FOLDER_COUNT_MAX:
            folder = "segments/%010x" % name
            _clear_folders(queue)
            from wherry import small_file

            small_file.make_folder(queue.root + "/" + folder)
        os.rename(queue.path(name), "%s/%s/%010x" % (queue.root, folder, name))
        queue.places[name] = folder
    for name in numbers(queue.root + "/rows", "%010x"):
        if name not in queue.places:
            os.remove("%s/rows/%010x" % (queue.root, name))


def _clear_folders(queue):
    """Remove folders that a power cut left empty."""
    for number in numbers(queue.folder, "%010x"):
        folder = "segments/%010x" % number
        if folder not in queue.places.values():
            from wherry.queue import listing

            listing.remove_folder(queue, folder)


def _open_readings(queue):
    """Return the number of readings in the open frame, which follow the new segment's head."""
    count = 0
    if queue.writer.count:
        reader = RowsReader(queue.writer.buffer, len(queue.channels), queue.own_count)
        reader.open(0)
        while reader.next():
            count += count_bits(reader.mask)
    return count


def create(path: str, row, readings, channels, own_count, ms: bool, row_step: int = 1) -> None:
    """Write a segment's head: its first row, the readings queued before it, its two schemas.

    A `row_step` above 1 marks a thinned segment.
    """
    buffer = bytearray(SIZE_MAX)
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
