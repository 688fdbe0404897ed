"""Sets aside readings that a server refused, and moves the cursor past them."""

from wherry import free
from wherry.rows.mask import mask_width


def set_aside(upload, status: int, reason: str) -> None:
    """Set aside the first unsettled reading with the server's reason, and move past it.

    Raises OSError if the flash fails.
    """
    batch, ledger = upload.batch, upload.ledger
    index = go_to_first(batch)
    channel, others = batch.channels[index], 0
    if upload.selection:
        # Keep the node's own name of the channel: the owner may correct the server's name before
        # the reading is sent again.
        channel = batch.reader.own[index]
        others = batch.reader.others(batch.row, index + 1)
    path = _path(upload, index)
    # Unload the modules that found the file, to make room for those that write it.
    free()
    if path:
        from wherry.sending.refusal import aside_frame

        aside_frame.append(
            path, batch.row, index, channel, batch.values[index], batch.s, batch.ms,
            status, reason, upload.name,
        )  # fmt: skip
    ledger.others += others
    ledger.set_aside += 1
    ledger.row, ledger.channel = batch.row, index + 1
    ledger.save()


def _path(upload, index):
    """Return the path of the file to write, or "" if the reading is there already."""
    from wherry.sending.refusal.aside_files import Aside

    aside = Aside(upload.aside)
    count_lost = lambda lost, kept: _count_lost(upload.queue, aside, lost, kept)  # noqa: E731
    return aside.place(upload.batch.row, index, upload.name, count_lost)


def go_to_first(batch) -> int:
    """Go to a batch's first unsettled reading; return the index of its channel.

    If its row is undated, the batch's s and ms are the row's ticks.
    """
    batch.skip = batch.count = 0
    batch.start(lambda flags, boot, s, ms: batch.date(flags, boot, s, ms) or (s, ms), 1)
    if not batch.next():
        raise OSError("a reading was dropped while it was judged")
    # Use the first bit only: the mask also has the readings never split from the first.
    return mask_width(batch.mask & -batch.mask) - 1


def _count_lost(queue, aside, lost, kept):
    """Count the readings in the files `lost` as dropped, exactly once despite power cuts.

    An entry without an uplink is from a version that had only one.
    """
    labels = [""]
    from wherry.queue import thinned

    for label, ledger in thinned.ledgers(queue):
        labels.append(label)
        end = ledger.row, ledger.channel
        # Readings that were counted before a power cut, but are still there, are not counted
        # again.
        uncounted = ledger.set_aside - aside.count(kept, labels, end)
        count = min(aside.count(lost, labels, end), max(0, uncounted))
        if count:
            ledger.set_aside -= count
            ledger.dropped += count
            ledger.save()
        labels = []
