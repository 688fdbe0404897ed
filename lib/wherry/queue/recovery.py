"""Recovers a queue when it is opened: finds its end and the rows of the open frame.

Recovery reads the row file and writes nothing. The hint, or the note next to the row file, states
what the segments hold. The hint or the note is used only if it matches the row file; otherwise
walk.py reads the segments.
"""

from micropython import const

from wherry.queue.open_frame import resume
from wherry.rows.form import is_rows
from wherry.rows.frame import frame_size

_ENOENT = const(2)


def recover(queue, hint) -> None:
    """Set up a queue from its folder; `hint` is as in Queue."""
    frame, is_stale = _read_row_file(queue)
    if is_stale or not (_take_hint(queue, frame, hint) or _take_note(queue, frame, hint)):
        queue.writer.clear()
        from wherry.queue import walk

        walk.walk(queue, frame, hint)


def _read_row_file(queue):
    """Return the row file's frame, and whether the segments may hold newer rows.

    The frame is b"" if the file is empty, and None if it is damaged.
    """
    content = b""
    try:
        with open(queue.row_path, "rb") as file:
            content = file.read()
    except OSError as error:
        if error.errno != _ENOENT:
            raise  # It may hold rows, which must not be overwritten.
    if not content:
        from wherry.queue import tail

        note = tail.read_note(queue)
        # A row file that once held rows may be empty only if the note says so.
        return None if note and not note[4] & 1 else b"", False
    if content == b"\0":
        return b"", True
    size = frame_size(content, 0, len(content))
    if not size or not is_rows(content[0]):
        return None, False
    return content[:size], size < len(content)


def _take_hint(queue, frame, hint):
    """Continue from the hint in RTC memory; return False if it does not match."""
    if not frame or not hint or hint[2] != queue.schema:
        return False
    # Rows after the hint may have other channels if a change of channels was undone after it.
    if resume(queue.writer, frame) < 0 or queue.writer.row + queue.writer.count != hint[0]:
        return False
    queue.next_row, queue.readings = hint[:2]
    queue.check_moved = True
    return True


def _take_note(queue, frame, hint):
    """Continue from the note; return False if it does not match.

    It matches if its row is the row file's first one, or if the segments already hold all of its
    rows.
    """
    writer = queue.writer
    writer.clear()
    from wherry.queue import tail

    note = tail.read_note(queue)
    if frame is None or not note or note[1] != queue.schema:
        return False
    _, _, row, readings, _ = note
    queue.next_row = row
    if frame:
        open_readings = resume(queue.writer, frame)
        queue.next_row = writer.row + writer.count
        if open_readings >= 0 and queue.next_row <= row:
            queue.next_row = row
            writer.clear()
        elif open_readings >= 0 and writer.row == row:
            readings += open_readings
            queue.check_moved = True
        else:
            return False
    queue.readings = readings
    if hint:
        # Rows lost in a damaged file stay counted, and no number is used twice.
        queue.next_row = max(queue.next_row, hint[0])
        queue.readings = max(readings, hint[1])
    return True
