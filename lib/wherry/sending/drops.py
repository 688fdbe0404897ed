"""What a full queue drops, counted before it goes. Loaded on demand.

Of rows that wait for an uplink of some channels the readings of others are counted first. That
takes a walk over up to a whole segment, so both are not done amid an append but in the turn after
it, in which the node goes on sampling.
"""

from wherry.queue.stride import Pieces
from wherry.rows.mask import count_bits


def allow(node, end: int, settled: int) -> bool:
    """Count what waits below row `end` as dropped; return False if it must stay for now.

    Where an uplink stands at that row, so many readings are `settled`. Raises OSError where the
    flash does.
    """
    if node.is_sending:
        return False  # The batch on its way may hold them; the next row asks again.
    behind = _behind(node, end)
    listed = _listed(node)
    for upload in behind:
        counted = upload.counted
        # What was counted before the cursor moved or rows were thinned is void.
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
    """Count what a drop waits for, sampling meanwhile, and let the queue drop it.

    An error of the flash is reported; the next row asks again.
    """
    end, node.uncounted_end = node.uncounted_end, 0
    try:
        for upload in _behind(node, end):
            # Of now: rows may be thinned meanwhile.
            listed, walk = _listed(node), _walk(upload, end)
            upload.counted = listed, walk, _count(node.queue, upload, end)
        # A node that sleeps forgets what was counted.
        node.queue.make_room()
    except OSError as error:
        node.ports.say("room: flash: %s" % error)


def _behind(node, end):
    """Return the uploads of a part of the channels that wait for rows below a row."""
    return [each for each in node.uploads if each.selection and each.ledger.row < end]


def _listed(node):
    """Return the list of the segments, another one after thinning; None for a ring."""
    return getattr(node.queue, "listed", None)


def _walk(upload, end):
    return upload.ledger.row, upload.ledger.channel, end


def _count(queue, upload, end):
    """Count the readings from the cursor to a row that are not the uplink's."""
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
