"""The note next to the row file, which describes the rows before those of the row file."""

import struct

from wherry import small_file
from wherry.queue.layout import NOTE_FORM


def put_note(queue, row: int, readings: int, is_empty: bool = False) -> None:
    """Write the note on the rows below `row`, so that a boot need not read the tail segment.

    `row` must be the row file's first row, or the next row if the row file is empty.
    """
    if row >> 60:
        return  # Such a number comes from a damaged frame.
    flags = (1 if is_empty else 0) | (2 if queue.is_thinning else 0)
    note = struct.pack(NOTE_FORM, queue.tail, queue.schema, row, readings, flags)
    try:
        small_file.write(queue.root + "/rows/tail", note)
    except OSError:
        pass  # An older note does not match the row file and is ignored.
