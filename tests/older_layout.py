"""A data folder as 0.1.0 would have left it: segments in one folder, and shorter numbers."""

import os
import struct

from wherry import small_file
from wherry.queue.layout import NOTE_FORM
from wherry.queue.thinned import THINNING, read_progress
from wherry.rows.frame import close_frame
from wherry.rows.numbers import numbers

_NOTE_FORM = "<IIIIB"
_PROGRESS_FORM = "<BIIII"
_PROGRESS_SIZE, _OLD_PROGRESS_SIZE = 35, 23


def restore(path: str) -> None:
    """Give what lies below a node's folder the form that it had, with the same rows."""
    folder = path + "/segments"
    for inner in numbers(folder, "%010x"):
        inner = "%s/%010x" % (folder, inner)
        _move(inner, folder)
        os.rmdir(inner)
    _move(path + "/rows", folder)
    for name in numbers(folder):
        _shorten("%s/%08x" % (folder, name))
    _shorten(folder + "/thinned")
    note = small_file.read(path + "/rows/tail")
    if note and len(note) == struct.calcsize(NOTE_FORM):
        note = struct.pack(_NOTE_FORM, *struct.unpack(NOTE_FORM, note))
        small_file.write(path + "/rows/tail", note)


def _move(source, folder):
    for name in numbers(source, "%010x"):
        os.rename("%s/%010x" % (source, name), "%s/%08x" % (folder, name))


def _shorten(path):
    """Write the last frame of a thinned segment as it was."""
    progress = read_progress(path)
    if not progress:
        return
    with open(path, "rb") as file:
        content = file.read()
    frame = bytearray(_OLD_PROGRESS_SIZE)
    struct.pack_into(_PROGRESS_FORM, frame, 2, *progress)
    close_frame(frame, THINNING, _OLD_PROGRESS_SIZE - 4)
    with open(path, "wb") as file:
        file.write(content[:-_PROGRESS_SIZE] + frame)
