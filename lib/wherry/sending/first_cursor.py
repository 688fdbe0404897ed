"""The first cursor of an uplink without a ledger: after the newest row, or at the oldest.

The ledger is saved immediately, so that the uplink is not new again at the next start.
"""

import os

from wherry.rows import segment
from wherry.rows.frame import FrameError


def join(queue, ledger, label: str, start) -> None:
    """Set a new ledger's cursor; `start` is "oldest", "new" or None.

    None means new if other uplinks have ledgers, so that a server is not flooded with readings
    from before the uplink was added. A damaged ledger has lost its counters, and begins at the
    oldest row: no reading must be missed. Raises OSError if the flash fails.
    """
    sizes = _sizes(queue.root + "/cursors")
    others = [name for name in sizes if name != label and sizes[name]]
    is_damaged = sizes.get(label, 0) > 0
    if not is_damaged and (start == "new" or (start is None and others)):
        ledger.row, ledger.before = queue.next_row, queue.readings
    else:
        _begin_at_oldest(queue, ledger)
    ledger.save()


def _sizes(folder):
    """Return {name: bytes} of the ledgers; 0 bytes mean that a power cut came at its creation."""
    return {name: os.stat("%s/%s" % (folder, name))[6] for name in os.listdir(folder)}


def _begin_at_oldest(queue, ledger):
    """Begin at the first segment with an intact head, which counts the readings before it."""
    for name in queue.segments:
        try:
            head = segment.Head(segment.Walker(), queue.path(name), queue.schema)
        except FrameError:
            continue
        ledger.row, ledger.before = name, head.readings
        from wherry.queue import thinned

        ledger.thinned = thinned.gone_from(queue, name)
        return
