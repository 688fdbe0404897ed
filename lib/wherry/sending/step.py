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
    from wherry.sending import follow_up

    return follow_up.settle(upload, outcome, boot)


def _exchanged(upload, exchange, request):
    """Return the Outcome of a request."""
    try:
        response = exchange(request)
    except OSError:
        from wherry.sending import follow_up

        follow_up.no_answer(upload)
        raise
    return upload.judge(response, upload.batch.count)
