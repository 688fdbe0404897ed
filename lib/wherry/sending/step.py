"""One step of an upload: send a batch and settle the answer."""

from wherry import free


def step(upload, exchange, boot: int):
    """Send one batch and return its Outcome, whose kind is None if nothing can be sent.

    `exchange(request)` returns the response or raises OSError. Raises OSError as well if that
    fails or the flash cannot be read. `boot` is as in no_answer.no_request. The modules that
    settle an answer are loaded after the exchange.
    """
    batch, trouble = upload.batch, upload.trouble
    is_trouble = False
    batch.skip = 1 if trouble and trouble.probing else 0
    batch.waiting = upload.own_waiting()
    request = upload.request()
    if request is None:
        outcome = _no_answer().no_request(upload, boot)
    else:
        outcome = _exchanged(upload, exchange, request)
        # Unload the modules that read the answer.
        free()
        try:
            is_trouble = _settle(upload, outcome)
        finally:
            # The session is saved even if the ledger could not be written.
            _keep_session(upload)
    if upload.trouble or is_trouble:
        _settle_trouble(upload, outcome)
        # A newly held channel must be saved before the cursor moves past its readings.
        _keep_session(upload)
    return outcome


def _keep_session(upload):
    """Save an upload's session if it has changed."""
    if upload.session and upload.session.has_changed:
        # Unload the modules that settled the answer.
        free()
        from wherry.sending.session import session_file

        session_file.keep(upload)


def _exchanged(upload, exchange, request):
    """Send a request and return its Outcome."""
    try:
        response = exchange(request)
    except OSError:
        _no_answer().no_answer(upload)
        raise
    # Unload the reader of the answer, to make room for the modules that judge it.
    free()
    return upload.judge(response, upload.batch.count)


def _no_answer():
    from wherry.sending import no_answer

    return no_answer


def _settle(upload, outcome):
    from wherry.sending import follow_up

    return follow_up.settle(upload, outcome)


def _settle_trouble(upload, outcome):
    free()
    from wherry.sending.refusal import trouble

    trouble.settle(upload, outcome)
