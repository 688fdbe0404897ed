"""Counts the rows that a full queue is about to drop. Loaded on demand.

If the rows wait for an uplink that takes only some channels, the readings of the other channels
are counted first. This may walk a whole segment, so counting and dropping are done not during an
append but in the turn after it, while the node continues sampling.
"""

from wherry.queue.stride import Pieces
from wherry.rows.mask import count_bits


def allow(node, end: int, settled: int) -> bool:
    """Count the rows that wait below row `end` as dropped; return False if they must still stay.

    `settled` is the number of settled readings of an uplink whose cursor is at that row. Raises
    OSError if the flash fails.
    """
    if node.is_sending:
        return False  # The batch being sent may contain them; the next append retries the drop.
    behind = _behind(node, end)
    listed = _listed(node)
    for upload in behind:
        counted = upload.counted
        # A count is void once the cursor has moved or rows were thinned.
        if not counted or counted[0] is not listed or counted[1] != _walk(upload, end):
            node.uncounted_end = end
            return False
    for upload in behind:
        upload.ledger.others += upload.counted[2]
        upload.counted = None
    for upload in node.uploads:
        upload.ledger.drop(end, settled)
    return True


def count(node) -> None:
    """Count the readings for a pending drop, sampling meanwhile, and let the queue drop the rows.

    A flash error is reported; the next row causes another attempt.
    """
    end, node.uncounted_end = node.uncounted_end, 0
    try:
        for upload in _behind(node, end):
            # Taken before the walk: rows may be thinned meanwhile.
            listed, walk = _listed(node), _walk(upload, end)
            upload.counted = listed, walk, _count(node.queue, upload, end)
        # Drop the rows immediately, because a sleep loses the counts.
        node.queue.make_room()
    except OSError as error:
        node.ports.say("room: flash: %s" % error)


def _behind(node, end):
    """Return the uploads with a selection whose cursor is below row `end`."""
    return [each for each in node.uploads if each.selection and each.ledger.row < end]


def _listed(node):
    """Return the list of the segments, which is a new list after thinning, or None for a ring."""
    return getattr(node.queue, "listed", None)


def _walk(upload, end):
    return upload.ledger.row, upload.ledger.channel, end


def _count(queue, upload, end):
    """Count the readings from the cursor to row `end` that the uplink does not take."""
    reader, ledger = queue.upload_reader, upload.ledger
    pieces = Pieces(queue)
    reader.forget()
    reader.seek(ledger.row)
    own, taken, count = None, 0, 0
    while reader.next() and reader.rows.row < end:
        rows = reader.rows
        if reader.channels is not own:
            own = reader.channels
            taken = upload.selection(own)[1]
        others = rows.mask & ~taken
        if rows.row == ledger.row:
            others = others >> ledger.channel << ledger.channel
        count += count_bits(others)
        pieces.step()
    return count
