"""Lists the segments of a queue. Loaded for an upload, and to begin or delete a segment.

The newest segment is next to the row file. The others are in folders of sixteen, each named after
its first segment: every name in a folder costs littlefs time whenever the folder's log is full.
"""

import os

from micropython import const

from wherry.rows.numbers import numbers

_ENOENT = const(2)
_ENOTDIR = const(20)
_ENOTEMPTY = const(39)


def list_segments(queue) -> list:
    """Return the names of all segments, oldest first, and record the folder of each.

    Raises OSError if the flash fails.
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
    # A power cut during the creation of a segment leaves an empty file, which does not count.
    while found and not os.stat(queue.path(found[-1]))[6]:
        del places[found.pop()]
    return found


def remove(queue, name: int) -> None:
    """Delete a segment, and its folder after the last one; the caller updates the list."""
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
        if error.errno != _ENOTEMPTY:  # It holds foreign files.
            raise


def _folders(folder):
    """Return the names of a queue's folders; create `folder` if it is missing."""
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
