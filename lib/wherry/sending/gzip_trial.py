"""The trial of gzip at a server that is not known to take it. Loaded on demand.

A doubt is a batch with gzip that the server does not accept, for a reason that gzip may be, or
whose answer is missing. The ledger has the number of doubts since gzip was last accepted, so it
outlives a sleep and a power cut. After two of them batches are plain. If such a batch is accepted,
this is final. A doubt is withdrawn if plain JSON fails as well.

`gzip` of the settings is True or False, or None after a doubt in this upload; `packed` is 0 for a
plain body, 1 for one with gzip, and 2 once its sending has begun.
"""

from micropython import const

from wherry.sending import verdict

_DOUBTS_MAX = const(2)
_REFUSED = const(3)
_BEGUN = const(2)


def packs(ledger) -> bool:
    """Return whether batches are sent with gzip."""
    return ledger.gzip < _DOUBTS_MAX


def note(upload, kind: int) -> None:
    """Note an answer's verdict; a delivery is followed by the save of the ledger.

    Raises OSError if the flash fails.
    """
    settings, doubts = upload.settings, upload.ledger.gzip
    if kind == verdict.DELIVERED:
        if settings["packed"]:
            upload.ledger.gzip = 0
        elif doubts == _DOUBTS_MAX:
            upload.ledger.gzip = _REFUSED
    elif settings["packed"]:
        if settings["gzip"] is None:
            _save(upload, doubts + 1)
    elif settings["gzip"] is None and kind != verdict.BUSY:
        settings["gzip"] = False
        _save(upload, doubts - 1)


def note_loss(upload) -> None:
    """Note that a request was not answered; raises OSError if the flash fails."""
    settings, doubts = upload.settings, upload.ledger.gzip
    if settings["packed"] == _BEGUN:
        _save(upload, doubts + 1)
    elif settings["gzip"] is False and doubts == _DOUBTS_MAX:
        # The upload began with plain JSON: the link is at fault.
        _save(upload, doubts - 1)


def _save(upload, doubts):
    upload.ledger.gzip = min(doubts, _DOUBTS_MAX)
    upload.ledger.save()
