"""Handles a missing request, or a missing answer. Loaded on demand."""

from wherry.sending import verdict
from wherry.sending.outcome import Outcome


def no_request(upload, boot: int) -> Outcome:
    """Return the Outcome if there is no request; its kind is None if nothing can be sent.

    `boot` is the current one.
    """
    if upload.selection and _pass_others(upload):
        return Outcome(verdict.AGAIN, "rows belong to other uplinks")
    if not upload.waiting():
        return Outcome(None)
    batch, ledger, trouble = upload.batch, upload.ledger, upload.trouble
    if trouble and trouble.probing:
        trouble.probing = False
        return Outcome(verdict.RETRY, "a reading is refused, and no later one is there to compare")
    if not batch.undated:
        # The walk reached the end, so the readings still counted as waiting were damaged in flash.
        missing = upload.waiting()
        # `missing` is negative if a power cut lost the number of readings that were damaged after
        # they were settled.
        upload.queue.readings -= min(0, missing)
        ledger.damaged += max(0, missing)
        ledger.save()
    elif batch.boot != boot:
        from wherry.sending import undated

        return undated.settle(upload, boot)
    return Outcome(None)


def _pass_others(upload):
    """Skip rows that are only for other uplinks; return whether the walk ended at its bound."""
    ledger, batch = upload.ledger, upload.batch
    stride = batch.reader.stride
    if batch.undated or batch.skip or batch.count or stride.end_row <= ledger.row:
        return False
    ledger.row, ledger.channel = stride.end_row, 0
    ledger.others += batch.reader.passed
    if not stride.is_cut:
        ledger.save()
    # Otherwise the ledger is saved with its next change, because each write wears the flash.
    return stride.is_cut


def no_answer(upload) -> None:
    """Count a failed exchange without accusing a reading; ignore an exchange without readings."""
    _strike(upload)
    if "gzip_trial" in upload.settings:
        from wherry.sending import gzip_trial

        gzip_trial.note_loss(upload)


def _strike(upload):
    batch = upload.batch
    if upload.session:
        if not batch.count_max:
            return
        from wherry.sending.refusal import unconfirmed

        if upload.is_sent and unconfirmed.weigh_lost_answer(upload):
            return
    # Count the whole batch, even if the exchange failed before the body was complete.
    batch.count = batch.count_max
    _refusals().strike(upload)
    upload.trouble.probing = upload.trouble.accused = False


def _refusals():
    from wherry.sending.refusal import refusals

    return refusals
