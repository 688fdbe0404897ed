"""Batches that a server may have taken, where sending them once more would store them twice.

`on_doubt = "resend"` sends them again and counts them; `"skip"` sets them aside: the owner sees
them there and may send them again.
"""

from wherry.sending.set_aside import set_aside


def weigh_lost_answer(upload) -> bool:
    """Weigh an answer that was lost after the whole request was sent; False if none is doubted."""
    on_doubt = upload.settings.get("on_doubt")
    if on_doubt == "skip":
        set_aside_batch(upload, 0, "no answer: it may be stored")
    elif on_doubt:
        upload.ledger.doubted += upload.batch.count
        upload.ledger.save()
    return bool(on_doubt)


def set_aside_batch(upload, status: int, note: str) -> None:
    """Set the whole batch aside."""
    end = upload.batch.end()
    while (upload.ledger.row, upload.ledger.channel) < end:
        set_aside(upload, status, note)
