"""Where an uplink begins that a node has no ledger of: at its newest row, or at its oldest.

The ledger is saved at once, so that a second start does not take the uplink for new again.
"""

import os

from wherry.rows import segment
from wherry.rows.frame import FrameError


def join(queue, ledger, label: str, start) -> None:
    """Let a new ledger begin; `start` is "oldest", "new" or None.

    None is new where other uplinks have ledgers, so that no server is flooded with what was taken
    before anyone thought of it. A ledger that is damaged has lost its counters, and begins at the
    oldest row: nothing may be missed. Raises OSError where the flash does.
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
    """Return {name: bytes} of the ledgers; an empty file is one that was being created."""
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
