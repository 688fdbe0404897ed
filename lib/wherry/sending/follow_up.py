"""Settles an answer: a plain delivery here, anything else in decision.py."""

from wherry.sending import verdict


def settle(upload, outcome) -> bool:
    """Settle an answer; return True if refusal/trouble.py is to do the rest.

    A delivery moves the cursor.
    """
    is_delivered = outcome.kind == verdict.DELIVERED
    # Without doubts a delivery changes nothing, so usually the module is not loaded.
    if "gzip_trial" in upload.settings and not (is_delivered and upload.ledger.gzip == 0):
        _note(upload, outcome.kind)
    if not is_delivered or upload.trouble:
        from wherry.sending import decision

        return decision.settle(upload, outcome)
    if upload.session:
        upload.session.tried, upload.steps = 1, 0
    upload.deliver()
    if upload.count_max:
        from wherry.sending.batch import batch_limit

        batch_limit.grow(upload)
    return False


def _note(upload, kind):
    from wherry.sending import gzip_trial

    gzip_trial.note(upload, kind)
