"""What follows from the outcome of an upload: this is the one place that decides it."""

from micropython import const

from wherry import free
from wherry.sending import verdict
from wherry.sending.outcome import Outcome

# Requests in a row that fetch something (a token, the time) before it counts as a failure.
_STEPS_MAX = const(4)


def settle(upload, outcome, boot: int) -> Outcome:
    """Settle what follows from an Outcome, None if there was no request; return what it became.

    Its kind is None if nothing can be sent. Undated rows of boots other than the running `boot`
    will never be dated.
    """
    if outcome is None:
        return _nothing(upload, boot)
    if upload.has_session:
        settle_session(upload, outcome)
        _count_steps(upload, outcome)
    kind = outcome.kind
    failed = kind == verdict.REJECTED or (kind == verdict.RETRY and outcome.status >= 500)
    if kind == verdict.NARROW or (kind != verdict.STEP and (upload.trouble or failed)):
        _weigh(upload, outcome)
    elif kind == verdict.DELIVERED:
        upload.deliver()
        if "count_max" in upload.session:
            from wherry.sending import refusals

            refusals.grow(upload)
    return outcome


def settle_session(upload, outcome) -> None:
    """Settle what only an uplink with a session, several keys or a part of the channels meets."""
    kind, choose = outcome.kind, upload.choose
    if kind == verdict.DENIED and outcome.status in (401, 403) and "keys" in upload.settings:
        from wherry.sending import keys

        keys.try_next(upload, outcome)
    elif kind == verdict.DELIVERED:
        upload.session.pop("tried", None)
    elif kind == verdict.NARROW and choose and choose.only is not None:
        outcome.kind = verdict.DENIED  # Its only channel is the one that is not known.
    elif kind == verdict.DOUBT:
        from wherry.sending import unconfirmed

        unconfirmed.set_aside_batch(upload, outcome.status, outcome.note)


def _count_steps(upload, outcome):
    upload.steps = upload.steps + 1 if outcome.kind == verdict.STEP else 0
    if upload.steps > _STEPS_MAX:
        outcome.kind = verdict.RETRY


def _weigh(upload, outcome):
    """Weigh an answer to readings of which one may be refused."""
    _refusals(upload).weigh(upload, outcome)
    if outcome.kind == verdict.NARROW:
        free()
        name = _hold(upload)
        free()
        outcome.kind = verdict.REJECTED if name else verdict.DENIED
        if name:
            _refusals(upload).held(upload)
            outcome.note = "%s: %s is held" % (outcome.note, name)


def _hold(upload):
    from wherry.sending import quarantine

    return quarantine.hold(upload)


def _nothing(upload, boot):
    """Return the Outcome where there is no request."""
    if upload.choose:
        upload.pass_others()
    if not upload.waiting():
        return Outcome(None)
    return _refusals(upload).nothing(upload, boot)


def no_answer(upload) -> None:
    """Weigh that an exchange failed on its way; one that was no upload says nothing."""
    batch = upload.batch
    if upload.has_session:
        if not batch.count_max:
            return
        from wherry.sending import unconfirmed

        if upload.is_sent and unconfirmed.settle(upload):
            return
    # However little of the body was made: so much was to be sent.
    batch.count = batch.count_max
    _refusals(upload).no_answer(upload)


def _refusals(upload):
    """Return the module refusals, which is not to be kept; the upload has a Trouble."""
    from wherry.sending import refusals

    if not upload.trouble:
        refusals.begin_trouble(upload)
    return refusals
