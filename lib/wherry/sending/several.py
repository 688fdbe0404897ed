"""A turn of several uplinks, or of one that its server may slow down: each sends when due."""

from wherry import free


def serve_all(node, begin, deadline, serve):
    """Let the uplinks send that are due: `serve(node, upload, deadline)` lets one."""
    every_ms = node.send_every_ms
    try:
        for upload in _schedule().due_uploads(node, begin):
            deadline = _schedule().start(node, upload, begin, deadline, every_ms)
            serve(node, upload, deadline)
            _schedule().end(node, upload)
    finally:
        node.send_every_ms = every_ms
        if any("~" in upload.name for upload in node.uploads):
            free()
            from wherry.sending import release

            release.merge(node.uploads)
        _schedule().settle(node)


def _schedule():
    """Return the module schedule; a caller that kept it would keep it in the heap."""
    free()
    from wherry.sending import schedule

    return schedule
