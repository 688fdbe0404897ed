"""One step of an upload: a batch goes out, and what follows from the answer is settled."""

from wherry import free


def step(upload, exchange, boot: int):
    """Send one batch and return its Outcome, whose kind is None if nothing can be sent.

    `exchange(request)` returns the response or raises OSError, and so does this, also where the
    flash cannot be read. `boot` is as in follow_up.settle, which is loaded when the exchange is
    over.
    """
    batch, trouble = upload.batch, upload.trouble
    batch.skip = 1 if trouble and trouble.probing else 0
    batch.waiting = upload.own_waiting()
    request, outcome = upload.request(), None
    if request is not None:
        outcome = _exchanged(upload, exchange, request)
        # What has read the answer.
        free()
    outcome = _settled(upload, outcome, boot)
    keep_session(upload)
    if upload.trouble:
        _conclude(upload, upload.trouble)
    return outcome


def keep_session(upload) -> None:
    """Save what an upload remembers, if its last answer has changed that."""
    if upload.session.pop("changed", False):
        # What has settled the answer leaves its room.
        free()
        from wherry.sending import session_file

        session_file.save(upload)


def _exchanged(upload, exchange, request):
    """Return the Outcome of a request."""
    try:
        response = exchange(request)
    except OSError:
        from wherry.sending import follow_up

        follow_up.no_answer(upload)
        raise
    return upload.judge(response, upload.batch.count)


def _settled(upload, outcome, boot):
    from wherry.sending import follow_up

    return follow_up.settle(upload, outcome, boot)


def _conclude(upload, trouble):
    """Set aside what has been refused, and end a trouble that is over."""
    aside, trouble.aside = trouble.aside, None
    if aside:
        # What has weighed the answer leaves its room.
        free()
        _set_aside(upload, *aside)
        free()
    from wherry.sending import refusals

    refusals.conclude(upload, aside)


def _set_aside(upload, count, status, reason):
    from wherry.sending.set_aside import set_aside

    for _ in range(count):
        set_aside(upload, status, reason)
