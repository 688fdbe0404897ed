"""Batches that a server may have stored, and would store twice if they were sent again.

`on_doubt = "resend"` sends them again and counts them. `"skip"` sets them aside, so that the owner
sees them and may send them again.
"""

from micropython import const

from wherry.sending.refusal.set_aside import set_aside

# The status in the aside file, lower than any HTTP status; 0 means a reading without a time.
_NO_ANSWER = const(1)


def weigh_lost_answer(upload) -> bool:
    """Count or set aside a batch whose answer was lost; return False if no doubt is possible.

    The whole request was sent.
    """
    on_doubt = upload.settings.get("on_doubt")
    if on_doubt == "skip":
        set_aside_batch(upload, _NO_ANSWER, "no answer: it may have been stored")
    elif on_doubt:
        upload.ledger.doubted += upload.batch.count
        upload.ledger.save()
    return bool(on_doubt)


def set_aside_batch(upload, status: int, note: str) -> None:
    """Set the whole batch aside."""
    end = upload.batch.end()
    while (upload.ledger.row, upload.ledger.channel) < end:
        set_aside(upload, status, note)
