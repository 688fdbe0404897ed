"""The segments of a queue, listed. Loaded for an upload, and where a segment is begun or deleted.

The newest segment lies beside the row file. The others lie in folders of sixteen, named like the
first one that came there: littlefs pays for each name in a folder whenever its log is full.
"""

import os

from micropython import const

from wherry.rows.numbers import numbers

_ENOENT = const(2)
_ENOTDIR = const(20)
_ENOTEMPTY = const(39)


def list_segments(queue) -> list:
    """Return the names of all segments, oldest first, and note where each lies.

    Raises OSError where the flash does.
    """
    places = {}
    for folder in _folders(queue.folder):
        folder = "segments/%010x" % folder
        for name in _names(queue.root + "/" + folder):
            places[name] = folder
    for name in _names(queue.root + "/rows"):
        places[name] = "rows"
    queue.places = places
    found = sorted(places)
    # A cut leaves a segment that was being begun empty, which is as good as none.
    while found and not os.stat(queue.path(found[-1]))[6]:
        del places[found.pop()]
    return found


def remove(queue, name: int) -> None:
    """Delete a segment, and its folder if it was the last one there; the list still has it."""
    from wherry import small_file

    small_file.remove(queue.path(name))
    folder = queue.places.pop(name, "rows")
    if folder != "rows" and folder not in queue.places.values():
        remove_folder(queue, folder)


def remove_folder(queue, folder: str) -> None:
    """Remove a folder of segments if it is empty."""
    try:
        os.rmdir(queue.root + "/" + folder)
    except OSError as error:
        if error.errno != _ENOTEMPTY:  # Something is in it that is not ours to remove.
            raise


def _folders(folder):
    """Return the names of a queue's folders; make `folder` if it is missing."""
    try:
        return numbers(folder, "%010x")
    except OSError as error:
        if error.errno != _ENOENT:
            raise
        from wherry import small_file

        small_file.make_folder(folder)
        return ()


def _names(folder):
    try:
        return numbers(folder, "%010x")
    except OSError as error:
        if error.errno != _ENOTDIR:
            raise
        return ()  # A foreign file.
