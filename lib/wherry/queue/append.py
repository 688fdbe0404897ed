"""Rows into a queue, one by one: into the row file, and its frame to the tail segment when full.

Loaded on demand: between two rows nothing of it is needed.
"""

import os

from micropython import const

from wherry.queue.layout import INLINE_SIZE_MAX, LOOKS
from wherry.rows.frame import SIZE_MAX
from wherry.rows.mask import count_bits
from wherry.rows.put import put_row

_ENOSPC = const(28)


def append(queue, flags: int, boot: int, s: int, ms: int, mask: int, values) -> int:
    """Do what Queue.append promises."""
    row = queue.next_row
    writer = queue.writer
    if not writer.count or not put_row(writer, row, flags, boot, s, ms, mask, values):
        spill(queue)
        ensure_tail(queue, row)
        if not put_row(writer, row, flags, boot, s, ms, mask, values):
            # One row of many channels: beyond the inline size it costs a block, no more.
            writer.size_max = SIZE_MAX
            if not put_row(writer, row, flags, boot, s, ms, mask, values):
                raise ValueError("a row of %d channels does not fit a frame" % len(values))
    try:
        write(queue, queue.row_path, "wb")
    except OSError:
        from wherry.queue import in_hand

        in_hand.take_back(queue)
        raise
    queue.next_row = row + 1
    queue.readings += count_bits(mask)
    return row


def spill(queue) -> None:
    """Do what Queue.spill promises."""
    writer = queue.writer
    if not writer.count:
        return
    # Before the rows are moved: a flash that does not give this code leaves them where they are.
    from wherry.queue.note import put_note

    ensure_tail(queue, writer.row)
    # It is empty by now if a cut came between an earlier move and the row file's next content.
    if writer.count:
        size = os.stat(queue.path(queue.tail))[6]
        if size + writer.close() > queue.segment_size:
            from wherry.queue import new_segment

            new_segment.open_segment(queue, writer.row)
        elif needs_look(queue, size, writer.close()):
            from wherry.queue import room

            room.make_room(queue)
        write(queue, queue.path(queue.tail), "ab")
    queue.moves += 1
    writer.clear()
    writer.size_max = INLINE_SIZE_MAX
    put_note(queue, queue.next_row, queue.readings)


def ensure_tail(queue, row: int) -> None:
    """See to it that the tail segment names the channels of the rows from `row` on."""
    if queue.tail < 0:
        from wherry.queue import tail

        tail.find_tail(queue, row)


def needs_look(queue, size: int, more: int) -> bool:
    """Return whether room is looked for when a tail of `size` bytes grows by `more`."""
    step = queue.segment_size // LOOKS
    return size // step != (size + more) // step


def write(queue, path: str, mode: str) -> None:
    """Write the frame in hand; when the flash is full, drop the oldest segment and go on."""
    size = queue.writer.close()
    while True:
        try:
            with open(path, mode) as file:
                file.write(memoryview(queue.writer.buffer)[:size])
            return
        except OSError as error:
            if error.errno != _ENOSPC:
                raise
            from wherry.queue import room

            if not room.drop_oldest(queue):
                raise
