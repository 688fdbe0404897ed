"""Decides what follows an answer: a table of answers and phases, for uploads and orders.

A dialect's `judge` reports what an answer means for the readings sent (verdict.py). What follows
also depends on the phase: how many readings were sent, and what is known of a bad one. No other
module replaces a verdict. docs/design/sending.md has the table. Loaded on demand.
"""

from micropython import const

from wherry.sending import verdict
from wherry.sending.action import (
    ACCUSE,
    DELIVER,
    DOUBT,
    HALVE,
    HOLD,
    KEEP,
    LATER,
    NEXT_KEY,
    PROBE,
    SET_ASIDE,
    SET_BATCH_ASIDE,
    STOP,
    STRIKE,
    WAIT,
)
from wherry.stage.memory import UPLINK_COUNT_MAX

# The verdict after each action of action.py.
_VERDICTS = (
    None, verdict.DELIVERED, verdict.RETRY, verdict.DENIED, verdict.BUSY, verdict.AGAIN,
    verdict.PARTIAL, verdict.PARTIAL, verdict.REJECTED, verdict.REJECTED, verdict.REJECTED,
    verdict.RETRY, verdict.AGAIN, verdict.AGAIN,
)  # fmt: skip

# Answers: the dialect's verdict, and these, which depend on what came before.
_FAILED = const(9)  # RETRY of readings, and the status is 500 or more.
_FAILED_OFTEN = const(10)  # The last of several in a row.
_REFUSED_OFTEN = const(11)  # REJECTED, after eight readings refused in a row.
_NOT_HELD = const(12)  # UNKNOWN_CHANNEL, and no more channels can be held.
_STILL_UNKNOWN = const(13)  # UNKNOWN_CHANNEL, for the channel that is held.
_OTHER_KEY = const(14)  # DENIED, and there is another key to try.
_AGAIN_OFTEN = const(15)  # AGAIN, the last of several in a row.
# RETRY of a 503 with Retry-After: overloaded or in maintenance (RFC 9110 section 15.6.4).
_UNAVAILABLE = const(16)

# Phases: several readings (or pairs) were sent, or one; the probe; the accused reading; the
# readings of an order, several or one.
_ONE = const(1)
_PROBING = const(2)
_ACCUSED = const(3)
_ORDER = const(4)

_TABLE = (
    # several, one, probing, accused, an order's several, an order's one
    (DELIVER, DELIVER, ACCUSE, DELIVER, DELIVER, DELIVER),  # DELIVERED
    (KEEP, KEEP, LATER, KEEP, KEEP, KEEP),  # RETRY
    (HALVE, SET_ASIDE, LATER, SET_ASIDE, HALVE, SET_ASIDE),  # REJECTED
    (STOP, STOP, STOP, STOP, STOP, STOP),  # DENIED
    (KEEP, KEEP, KEEP, KEEP, KEEP, KEEP),  # AGAIN
    (HALVE, HOLD, LATER, HOLD, HALVE, SET_ASIDE),  # UNKNOWN_CHANNEL
    (SET_BATCH_ASIDE, SET_BATCH_ASIDE, SET_BATCH_ASIDE, SET_BATCH_ASIDE, DOUBT, DOUBT),  # PARTIAL
    (KEEP, KEEP, KEEP, KEEP, KEEP, KEEP),  # BUSY
    None,  # NO_ANSWER is not an answer: see no_answer.py.
    (STRIKE, STRIKE, LATER, SET_ASIDE, STRIKE, STRIKE),  # _FAILED
    (STRIKE, PROBE, LATER, SET_ASIDE, STRIKE, SET_ASIDE),  # _FAILED_OFTEN
    (HALVE, STOP, LATER, STOP, HALVE, SET_ASIDE),  # _REFUSED_OFTEN
    (HALVE, STOP, LATER, STOP, HALVE, SET_ASIDE),  # _NOT_HELD
    (STOP, STOP, STOP, STOP, STOP, STOP),  # _STILL_UNKNOWN
    (NEXT_KEY, NEXT_KEY, NEXT_KEY, NEXT_KEY, NEXT_KEY, NEXT_KEY),  # _OTHER_KEY
    (LATER, LATER, LATER, LATER, LATER, LATER),  # _AGAIN_OFTEN
    (WAIT, WAIT, WAIT, WAIT, WAIT, WAIT),  # _UNAVAILABLE
)

# After this many failed answers to one reading of an order it counts as refused.
_ORDER_FAILURES_MAX = const(4)
# After this many readings refused in a row the server, not the readings, is at fault.
_REFUSED_MAX = const(8)
# After this many channels held in a row the server is assumed to know no channel.
_HELD_MAX = const(2)
# Requests in a row that fetch something (a token, the time); one more counts as a failure.
_STEPS_MAX = const(4)


def settle(upload, outcome) -> bool:
    """Set an answer's action and verdict, and set a partly stored batch aside.

    Return True if the action is HALVE or a later one, which needs refusal/trouble.py. While the
    upload has a Trouble, refusal/trouble.py carries out a delivery, too.
    """
    decide(upload, outcome, upload.batch)
    if outcome.kind == verdict.PARTIAL:
        from wherry.sending.refusal import unconfirmed

        unconfirmed.set_aside_batch(upload, outcome.status, outcome.note)
    return outcome.action >= HALVE


def decide(upload, outcome, batch, order_failures=None) -> None:
    """Set an Outcome's action, and its verdict if the table replaces it; change the key if due.

    `batch` is the one sent, `order_failures` the failures of an order before this answer.
    """
    said = outcome.kind
    _look_up(upload, outcome, batch, order_failures)
    if not upload.session:
        return
    if said == verdict.DELIVERED:
        upload.session.tried = 1
    if _refuses_key(upload, said, outcome.status):
        from wherry.sending.session import keys

        keys.answer_refusal(upload, outcome)
    is_step = said == verdict.AGAIN or outcome.action == NEXT_KEY
    upload.steps = upload.steps + 1 if is_step else 0


def _look_up(upload, outcome, batch, order_failures):
    trouble = upload.trouble
    # A failed login accuses no reading: the batch of a request without readings is empty.
    if outcome.kind == verdict.RETRY and outcome.status >= 500 and batch.count_max:
        answer = _failed(upload, outcome, order_failures)
    else:
        answer = _answer(upload, outcome, trouble)
    phase = 0 if batch.count > batch.unit_size else _ONE
    if order_failures is not None:
        phase += _ORDER
    elif trouble and trouble.probing:
        phase = _PROBING
    elif trouble and trouble.accused:
        phase = _ACCUSED
    outcome.action = _TABLE[answer][phase]
    if outcome.action != KEEP:
        outcome.kind = _VERDICTS[outcome.action]


def _failed(upload, outcome, order_failures):
    """Return the row of the table for a server error."""
    if outcome.status == 503 and outcome.retry_s:
        return _UNAVAILABLE
    if order_failures is None:
        from wherry.sending.refusal.refusals import STRIKES_MAX, strikes

        return _FAILED_OFTEN if strikes(upload) + 1 >= STRIKES_MAX else _FAILED
    return _FAILED_OFTEN if order_failures + 1 >= _ORDER_FAILURES_MAX else _FAILED


def _answer(upload, outcome, trouble):
    """Return the row of the table for an answer that is not a server error."""
    kind = outcome.kind
    if kind == verdict.REJECTED and trouble and trouble.refused >= _REFUSED_MAX:
        return _REFUSED_OFTEN
    if kind == verdict.UNKNOWN_CHANNEL and upload.is_held:
        return _STILL_UNKNOWN
    if kind == verdict.UNKNOWN_CHANNEL:
        # If the server knows no channel, the device's own id is wrong.
        is_useless = trouble and trouble.held >= _HELD_MAX
        is_full = len(upload.queue.uploads) >= UPLINK_COUNT_MAX
        return _NOT_HELD if is_useless or is_full else kind
    if _refuses_key(upload, kind, outcome.status):
        return _OTHER_KEY if upload.session.tried < len(upload.settings["keys"][1]) else kind
    if kind == verdict.AGAIN and upload.session and upload.steps >= _STEPS_MAX:
        return _AGAIN_OFTEN
    return kind


def _refuses_key(upload, kind, status):
    """Return whether an answer refuses the key of an uplink that has several."""
    return kind == verdict.DENIED and status in (401, 403) and "keys" in upload.settings
