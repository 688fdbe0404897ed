"""One step of an upload: a batch goes out, and what follows from the answer is settled."""

from wherry import free


def step(upload, exchange, boot: int):
    """Send one batch and return its Outcome, whose kind is None if nothing can be sent.

    `exchange(request)` returns the response or raises OSError, and so does this, also where the
    flash cannot be read. `boot` is as in no_answer.no_request. What settles an answer is loaded
    when the exchange is over.
    """
    batch, trouble = upload.batch, upload.trouble
    batch.skip = 1 if trouble and trouble.probing else 0
    batch.waiting = upload.own_waiting()
    request = upload.request()
    if request is None:
        outcome = _no_answer().no_request(upload, boot)
    else:
        outcome = _exchanged(upload, exchange, request)
        # What has read the answer.
        free()
        try:
            _settle(upload, outcome)
        finally:
            # Also where the flash has not taken the ledger.
            _keep_session(upload)
    if upload.trouble or outcome.is_suspect:
        _settle_trouble(upload, outcome)
        # A channel that is held now is to be named before the cursor moves past its readings.
        _keep_session(upload)
    return outcome


def _keep_session(upload):
    """Save what an upload remembers, if that has changed."""
    if upload.session and upload.session.has_changed:
        # What has settled the answer leaves its room.
        free()
        from wherry.sending import session_file

        session_file.keep(upload)


def _exchanged(upload, exchange, request):
    """Return the Outcome of a request."""
    try:
        response = exchange(request)
    except OSError:
        _no_answer().no_answer(upload)
        raise
    # The reader of the answer leaves its room to what judges it.
    free()
    return upload.judge(response, upload.batch.count)


def _no_answer():
    from wherry.sending import no_answer

    return no_answer


def _settle(upload, outcome):
    from wherry.sending import follow_up

    follow_up.settle(upload, outcome)


def _settle_trouble(upload, outcome):
    free()
    from wherry.sending import trouble

    trouble.settle(upload, outcome)
