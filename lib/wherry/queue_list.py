"""The segments of a queue, listed. Loaded for an upload, and where a segment is begun or deleted.

The newest segment lies beside the row file. The others lie in folders of sixteen, named like the
first one that came there: littlefs pays for each name in a folder whenever its log is full.
Those of 0.1.0 lie beside these folders.
"""

import os

from micropython import const

from wherry import segment

_ENOENT, _ENOTDIR = const(2), const(20)


def list_segments(queue) -> list:
    """Return the names of all segments, oldest first, and note where each lies.

    Raises OSError where the flash does.
    """
    places = {}
    for name in _names(queue.folder, "%08x"):
        places[name] = "segments"
    for folder in _names(queue.folder):
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


def _names(folder, form="%010x"):
    try:
        return segment.names(folder, form)
    except OSError as error:
        if error.errno != _ENOENT and error.errno != _ENOTDIR:
            raise
        return ()  # Not there yet, or a foreign file.
