"""The note beside the row file: what lies below it."""

import struct

from wherry import small_file
from wherry.queue.layout import NOTE_FORM


def put_note(queue, row: int, readings: int, is_empty: bool = False) -> None:
    """Note what lies below `row`, so that the next start need not read the tail segment.

    `row` is to be the row file's first one, or there is none yet and the row file is empty.
    """
    if row >> 60:
        return  # A damaged frame has said so.
    flags = (1 if is_empty else 0) | (2 if queue.is_thinning else 0)
    note = struct.pack(NOTE_FORM, queue.tail, queue.schema, row, readings, flags)
    try:
        small_file.write(queue.root + "/rows/tail", note)
    except OSError:
        pass  # An older note does not fit the row file, and is not believed.
