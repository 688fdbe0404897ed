"""Settles an answer, except for readings that it may accuse."""

from micropython import const

from wherry.sending import verdict

# Requests in a row that fetch something (a token, the time); one more counts as a failure.
_STEPS_MAX = const(4)


def settle(upload, outcome) -> None:
    """Settle an Outcome, whose kind may change.

    A delivery moves the cursor. If the upload has a Trouble or the Outcome is now suspect,
    trouble.py does the rest.
    """
    if upload.session:
        settle_session(upload, outcome)
        _count_steps(upload, outcome)
    kind = outcome.kind
    failed = kind == verdict.REJECTED or (kind == verdict.RETRY and outcome.status >= 500)
    is_weighed = kind not in (verdict.AGAIN, verdict.BUSY) and (upload.trouble or failed)
    if kind == verdict.UNKNOWN_CHANNEL or is_weighed:
        outcome.is_suspect = True
    elif kind == verdict.DELIVERED:
        upload.deliver()
        if upload.count_max:
            from wherry.sending.batch import batch_limit

            batch_limit.grow(upload)


def settle_session(upload, outcome) -> None:
    """Settle cases of uplinks with a session, several keys or a selection of channels."""
    kind = outcome.kind
    if kind == verdict.DENIED and outcome.status in (401, 403) and "keys" in upload.settings:
        from wherry.sending.session import keys

        keys.try_next(upload, outcome)
    elif kind == verdict.DELIVERED:
        upload.session.tried = 1
    elif kind == verdict.UNKNOWN_CHANNEL and upload.is_held:
        outcome.kind = verdict.DENIED  # Its only channel is still unknown.
    elif kind == verdict.PARTIAL:
        from wherry.sending.refusal import unconfirmed

        unconfirmed.set_aside_batch(upload, outcome.status, outcome.note)


def _count_steps(upload, outcome):
    upload.steps = upload.steps + 1 if outcome.kind == verdict.AGAIN else 0
    if upload.steps > _STEPS_MAX:
        outcome.kind = verdict.RETRY
