"""The turn of one of several uplinks, or of an uplink that its server may slow down.

Loaded on demand, and not in the heap while the uplink sends.
"""

from wherry import free, load
from wherry.sending import verdict


def start(node, upload, begin: int, deadline: int, every_ms: int) -> int:
    """Prepare an uplink for sending; return its deadline, or 0 on failure.

    The parameters are as in schedule.start. If its dialect cannot be read from flash, the other
    uplinks still send.
    """
    deadline = _schedule().start(node, upload, begin, deadline, every_ms)
    try:
        _open(node, upload)
    except OSError as error:
        from wherry.sending.schedule import retry

        retry.stay_away(node, upload, verdict.RETRY, 0, "%s: flash: %s" % (upload.name, error))
        return 0
    return deadline


def end(node, upload) -> None:
    """Keep the results of an uplink's turn, and release its dialect and batch."""
    for each in node.uploads:
        # All uploads, because a channel that became held during the turn has its own upload.
        if each.dialect_name:
            each.dialect = each.batch = None
    _schedule().end(node, upload)


def finish(node) -> None:
    """End the turn of all uplinks: held channels that have caught up are merged."""
    if any(upload.is_held for upload in node.uploads):
        free()
        from wherry.sending.refusal import release

        release.merge(node.uploads)
    _schedule().store(node)


def _open(node, upload):
    """Load an upload's dialect and create its batch, if they exist only during its turn."""
    if upload.dialect_name:
        free()
        reader = upload.queue.upload_reader
        upload.dialect = load(upload.dialect_name)
        upload.batch = upload.batch_of(reader, upload.ledger, node.clock.date)


def _schedule():
    """Return the module schedule; a reference in the caller would keep it in the heap."""
    free()
    from wherry.sending.schedule import schedule

    return schedule
