"""Trouble with a batch: the batch is halved until a bad reading is alone and can be set aside.

If all its parts pass, the batch was only too large. A server error counts against a reading only
if the server accepts the next reading and then fails on this one again. decision.py decides each
step. Loaded on demand: a Trouble holds the state of the search from one answer to the next.
"""

from micropython import const

from wherry.sending import action as actions

# Failed answers to one batch in a row, after which it is made smaller.
STRIKES_MAX = const(3)


class Trouble:
    """The state of an upload from its first refusal until no reading is under suspicion.

    suspects    the end (row, channel) of the refused batch during its search, else None
    most        the size of the largest part of this batch that the server accepted
    found       a bad reading was found in this batch
    refused     the number of readings refused in a row
    held        the number of channels held in a row
    strikes     the number of failed or missing answers in a row
    probing     the server failed on a reading alone: the reading after it is sent next
    accused     the server accepted that later reading: the first one is sent again
    aside       (count, status, reason) of the readings to set aside now, or None

    The class has no methods, because methods would keep their module in the heap.
    """

    suspects = aside = None
    most = refused = held = strikes = 0
    found = accused = probing = False


def begin_trouble(upload) -> None:
    """Create an upload's Trouble if it does not exist."""
    if not upload.trouble:
        count = strikes(upload)
        upload.trouble = Trouble()
        upload.trouble.strikes = count


def strikes(upload) -> int:
    """Return how many answers to the current batch have failed in a row."""
    # On battery each failure is a separate wake, and only the number of failures is remembered.
    return upload.trouble.strikes if upload.trouble else min(upload.failures, STRIKES_MAX - 1)


def act(upload, outcome) -> None:
    """Carry out an Outcome's action, except for the writes of quarantine.py and set_aside.py."""
    action = outcome.action
    if action >= actions.HALVE:
        begin_trouble(upload)
    trouble = upload.trouble
    if action == actions.DELIVER:
        _deliver(upload)
    elif action == actions.HALVE:
        _begin_search(upload)
        _halve(upload)
    elif action == actions.SET_ASIDE:
        _refuse(upload, outcome)
    elif action == actions.STRIKE:
        strike(upload)
    elif action == actions.PROBE:
        trouble.strikes = 0
        trouble.probing = True
    elif trouble.probing and action not in (actions.KEEP, actions.WAIT, actions.NEXT_KEY):
        trouble.probing = False
        trouble.accused = action == actions.ACCUSE
        outcome.count = 0


def conclude(upload, has_set_aside) -> None:
    """Close the search after readings were set aside; end a Trouble without a suspicion."""
    trouble = upload.trouble
    if has_set_aside and trouble.found:
        _close_search(upload)
    under_suspicion = trouble.suspects or trouble.accused or trouble.probing
    if not (under_suspicion or trouble.refused or trouble.strikes or trouble.held):
        upload.trouble = None


def _deliver(upload):
    trouble = upload.trouble
    upload.deliver()
    trouble.refused = trouble.strikes = trouble.held = 0
    trouble.accused = False
    if trouble.suspects is None or trouble.found:
        from wherry.sending.batch import batch_limit

        batch_limit.grow(upload)
    else:
        trouble.most = max(trouble.most, upload.batch.count)
    _close_search(upload)


def held(upload) -> None:
    """Note that the lone reading's channel is now in quarantine."""
    trouble = upload.trouble
    trouble.held += 1
    trouble.found = True
    trouble.accused = False
    _close_search(upload)


def _begin_search(upload):
    trouble = upload.trouble
    if trouble.suspects is None:
        trouble.suspects = upload.batch.end()
        trouble.most = 0
        trouble.found = False


def _refuse(upload, outcome):
    """Note that the lone reading, or pair, is to be set aside."""
    trouble, note = upload.trouble, outcome.note
    if outcome.status >= 500:
        note = "the server fails on this reading alone"
    else:
        trouble.refused += 1
    trouble.found = True
    # The next reading is not the accused one.
    trouble.accused = False
    trouble.aside = upload.batch.unit_size, outcome.status, note


def _close_search(upload):
    """End the search of a refused batch after its last reading; learn a limit if none was bad."""
    trouble = upload.trouble
    if trouble.suspects and (upload.ledger.row, upload.ledger.channel) >= trouble.suspects:
        trouble.suspects = None
        if not trouble.found:
            from wherry.sending.batch import batch_limit

            batch_limit.learn(upload, trouble.most)


def strike(upload) -> None:
    """Count a failed or missing answer; make the batch smaller after several."""
    begin_trouble(upload)
    trouble, batch = upload.trouble, upload.batch
    trouble.strikes += 1
    if trouble.strikes >= STRIKES_MAX and batch.count > batch.unit_size:
        _halve(upload)


def _halve(upload):
    upload.count_max = max(1, upload.batch.count // 2)
