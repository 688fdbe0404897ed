"""An upload with a refused reading: the modules for it are loaded one after another."""

from wherry import free
from wherry.sending.action import HOLD


def settle(upload, outcome) -> None:
    """Do what an Outcome requires, set aside refused readings, end the Trouble if it is over."""
    _refusals().act(upload, outcome)
    if outcome.action == HOLD:
        _hold(upload, outcome)
    trouble = upload.trouble
    aside, trouble.aside = trouble.aside, None
    if aside:
        free()
        _set_aside(upload, *aside)
        free()
    _refusals().conclude(upload, aside)


def _refusals():
    """Return the module refusals; a reference in the caller would keep it in the heap."""
    from wherry.sending.refusal import refusals

    return refusals


def _hold(upload, outcome):
    """Put the lone reading's channel in quarantine."""
    free()
    name = _held(upload)
    free()
    _refusals().held(upload)
    outcome.note = "%s: %s is held" % (outcome.note, name)


def _held(upload):
    from wherry.sending.refusal import quarantine

    return quarantine.hold(upload)


def _set_aside(upload, count, status, reason):
    from wherry.sending.refusal.set_aside import set_aside

    for _ in range(count):
        set_aside(upload, status, reason)
