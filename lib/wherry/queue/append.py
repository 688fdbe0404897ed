"""Appends single rows to the row file, whose frame moves to the tail segment when it is full.

Loaded on demand: nothing in it is needed between two rows.
"""

import os

from micropython import const

from wherry.queue.layout import INLINE_SIZE_MAX, LOOKS
from wherry.rows.frame import SIZE_MAX
from wherry.rows.mask import count_bits
from wherry.rows.put import put_row

_ENOSPC = const(28)


def append(queue, flags: int, boot: int, s: int, ms: int, mask: int, values) -> int:
    """Implement Queue.append."""
    row = queue.next_row
    writer = queue.writer
    if not writer.count or not put_row(writer, row, flags, boot, s, ms, mask, values):
        spill(queue)
        ensure_tail(queue, row)
        if not put_row(writer, row, flags, boot, s, ms, mask, values):
            # A row of many channels needs a file above the inline size, which costs one block.
            writer.size_max = SIZE_MAX
            if not put_row(writer, row, flags, boot, s, ms, mask, values):
                raise ValueError("a row of %d channels does not fit a frame" % len(values))
    try:
        write(queue, queue.row_path, "wb")
    except OSError:
        from wherry.queue import open_frame

        open_frame.take_back(queue)
        raise
    queue.next_row = row + 1
    queue.readings += count_bits(mask)
    return row


def spill(queue) -> None:
    """Implement Queue.spill."""
    writer = queue.writer
    if not writer.count:
        return
    # Imported before the rows move: if loading fails, the rows stay where they are.
    from wherry.queue.note import put_note

    ensure_tail(queue, writer.row)
    # ensure_tail clears the writer if a power cut came between a move and the row file's next
    # write.
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
    """Ensure that there is a tail segment, with the channels of the rows from `row` on."""
    if queue.tail < 0:
        from wherry.queue import tail

        tail.find_tail(queue, row)


def needs_look(queue, size: int, more: int) -> bool:
    """Return True if room must be checked when a tail of `size` bytes grows by `more`."""
    step = queue.segment_size // LOOKS
    return size // step != (size + more) // step


def write(queue, path: str, mode: str) -> None:
    """Write the open frame; while the flash is full, drop the oldest segment and retry."""
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
