"""A turn of several uplinks, or of one that its server may slow down: each sends when due."""

from wherry import free, load


def serve_all(node, begin, deadline, serve):
    """Let the uplinks send that are due: `serve(node, upload, deadline)` lets one."""
    every_ms = node.send_every_ms
    try:
        for upload in _schedule().due_uploads(node, begin):
            deadline = _schedule().start(node, upload, begin, deadline, every_ms)
            _open(node, upload)
            serve(node, upload, deadline)
            close(node.uploads)
            _schedule().end(node, upload)
    finally:
        node.send_every_ms = every_ms
        if any("~" in upload.name for upload in node.uploads):
            free()
            from wherry.sending import release

            release.merge(node.uploads)
        _schedule().settle(node)


def _open(node, upload):
    """Load an upload's dialect and make its batch, if they are there for its turn only."""
    if upload.dialect:
        reader = upload.queue.upload_reader
        upload.module = load(upload.dialect)
        upload.batch = upload.batch_of(reader, upload.ledger, node.clock.date)


def close(uploads) -> None:
    """Let go of the dialects and batches that are there for an upload's turn only."""
    for upload in uploads:
        if upload.dialect:
            upload.module = upload.batch = None


def _schedule():
    """Return the module schedule; a caller that kept it would keep it in the heap."""
    free()
    from wherry.sending import schedule

    return schedule
