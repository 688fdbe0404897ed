"""Settles an answer, except for what a bad reading requires: see refusal/trouble.py."""

from wherry.sending import verdict
from wherry.sending.decision import HALVE, NEXT_KEY


def settle(upload, outcome) -> bool:
    """Decide what follows an answer; do it, or return True if trouble.py is to do it.

    A delivery moves the cursor.
    """
    if outcome.kind == verdict.DELIVERED and not upload.trouble:
        if upload.session:
            upload.session.tried, upload.steps = 1, 0
        upload.deliver()
        if upload.count_max:
            from wherry.sending.batch import batch_limit

            batch_limit.grow(upload)
        return False
    decide(upload, outcome, upload.batch)
    if outcome.kind == verdict.PARTIAL:
        from wherry.sending.refusal import unconfirmed

        unconfirmed.set_aside_batch(upload, outcome.status, outcome.note)
    return outcome.action >= HALVE


def decide(upload, outcome, batch, order_failures=None) -> None:
    """Set an Outcome's action and verdict; change the key if required.

    The parameters are those of decision.decide.
    """
    said = outcome.kind
    from wherry.sending import decision

    decision.decide(upload, outcome, batch, order_failures)
    if not upload.session:
        return
    if said == verdict.DELIVERED:
        upload.session.tried = 1
    if said == verdict.DENIED and outcome.status in (401, 403) and "keys" in upload.settings:
        from wherry.sending.session import keys

        keys.settle(upload, outcome)
    is_step = said == verdict.AGAIN or outcome.action == NEXT_KEY
    upload.steps = upload.steps + 1 if is_step else 0
