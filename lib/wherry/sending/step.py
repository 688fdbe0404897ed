"""One step of an upload: a batch goes out, and what follows from the answer is settled."""

from wherry import free


def step(upload, exchange, boot: int):
    """Send one batch and return its Outcome, whose kind is None if nothing can be sent.

    `exchange(request)` returns the response or raises OSError, and so does this. `boot` is as in
    follow_up.settle, which is loaded when the exchange is over.
    """
    batch, trouble = upload.batch, upload.trouble
    batch.skip = 1 if trouble and trouble.probing else 0
    batch.waiting = upload.own_waiting()
    try:
        outcome = upload.send(exchange)
    except OSError:
        from wherry.sending import follow_up

        follow_up.no_answer(upload)
        raise
    # What has read the answer.
    free()
    from wherry.sending import follow_up

    return follow_up.settle(upload, outcome, boot)
