"""The turn of one of several uplinks, or of one that its server may slow down.

Loaded on demand: nothing of it is in the heap while the uplink sends.
"""

from wherry import free, load
from wherry.sending import verdict


def start(node, upload, begin: int, deadline: int, every_ms: int) -> int:
    """Make an uplink ready to send; return its deadline, 0 if it cannot be.

    The parameters are those of schedule.start. A flash that does not give its dialect holds up no
    other uplink.
    """
    deadline = _schedule().start(node, upload, begin, deadline, every_ms)
    try:
        _open(node, upload)
    except OSError as error:
        from wherry.sending import retry

        retry.stay_away(node, upload, verdict.RETRY, 0, "%s: flash: %s" % (upload.name, error))
        return 0
    return deadline


def end(node, upload) -> None:
    """Keep what the turn of an uplink has left, and let go of what was there for it only."""
    for each in node.uploads:
        # Also a channel that is held since then.
        if each.dialect_name:
            each.dialect = each.batch = None
    _schedule().end(node, upload)


def finish(node) -> None:
    """End the turn of all: one that was held may be one with its uplink again."""
    if any(upload.is_held for upload in node.uploads):
        free()
        from wherry.sending import release

        release.merge(node.uploads)
    _schedule().store(node)


def _open(node, upload):
    """Load an upload's dialect and make its batch, if they are there for its turn only."""
    if upload.dialect_name:
        free()
        reader = upload.queue.upload_reader
        upload.dialect = load(upload.dialect_name)
        upload.batch = upload.batch_of(reader, upload.ledger, node.clock.date)


def _schedule():
    """Return the module schedule; a caller that kept it would keep it in the heap."""
    free()
    from wherry.sending import schedule

    return schedule
