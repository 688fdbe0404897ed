"""The trial of gzip at a server that is not known to take it. Loaded on demand.

The ledger keeps the result, which outlives a sleep and a power cut.
"""

from micropython import const

_UNTRIED = const(0)
_TAKEN = const(1)
_REFUSED = const(2)
# A connection was lost after a part of a body with gzip was sent. If it happens again before a
# batch with gzip is accepted, gzip counts as refused: a proxy may cut connections for it.
_LOST = const(3)


def packs(ledger) -> bool:
    """Return whether batches are sent with gzip."""
    return ledger.gzip != _REFUSED


def settle(upload) -> None:
    """Note the result after a server has accepted a batch; the caller saves the ledger."""
    settings, ledger = upload.settings, upload.ledger
    if settings["is_packed"]:
        ledger.gzip = _TAKEN
    elif settings["gzip"] is None:
        # The server refused the batch with gzip, and accepted the same batch without.
        ledger.gzip = _REFUSED


def lose(upload) -> None:
    """Note that the answer to a body with gzip is missing; raises OSError if the flash fails."""
    ledger = upload.ledger
    if ledger.gzip in (_UNTRIED, _LOST):
        ledger.gzip = _LOST if ledger.gzip == _UNTRIED else _REFUSED
        ledger.save()
