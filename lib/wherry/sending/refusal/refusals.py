"""Trouble with a batch: the batch is halved until a bad reading is alone and can be set aside.

If all its parts pass, the batch was only too large. A server error counts against a reading only
if the server accepts the next reading and then fails on this one again. Loaded on demand: a
Trouble holds the state of the search from one answer to the next.
"""

from micropython import const

from wherry.sending import verdict

# After this many readings refused in a row the server, not the readings, is at fault.
_REFUSED_MAX = const(8)
# After this many channels held in a row the server is assumed to know no channel.
_HELD_MAX = const(2)
# Failed answers to one batch before it is made smaller.
_STRIKES_MAX = const(3)


class Trouble:
    """The state of an upload from its first refusal until no reading is under suspicion.

    suspects: the end of the refused batch, while it is searched. most: the size of its largest
    part that passed. found: whether a bad reading was found in it. refused, held: how many
    readings were refused, and channels held, in a row. strikes: failed answers to one batch.
    probing: whether the reading after one that the server failed on is being sent. accused:
    whether that later reading was accepted.
    aside: (count, status, reason) of readings to be set aside now, or None. The class has no
    methods, because methods would keep their module in the heap.
    """

    suspects = aside = None
    most = refused = held = strikes = 0
    found = accused = probing = False


def begin_trouble(upload) -> None:
    """Create an upload's Trouble if it does not exist."""
    if not upload.trouble:
        upload.trouble = Trouble()
        # On battery each failure is a separate wake, and only the number of failures is
        # remembered.
        upload.trouble.strikes = min(upload.failures, _STRIKES_MAX - 1)


def conclude(upload, has_set_aside) -> None:
    """Close the search after readings were set aside; end a Trouble without a suspicion."""
    trouble = upload.trouble
    if has_set_aside and trouble.found:
        _close_search(upload)
    under_suspicion = trouble.suspects or trouble.accused or trouble.probing
    if not (under_suspicion or trouble.refused or trouble.strikes or trouble.held):
        upload.trouble = None


def weigh(upload, outcome) -> None:
    """Replace an Outcome's verdict with the weighed one; move the cursor past a delivery."""
    begin_trouble(upload)
    trouble, kind, status = upload.trouble, outcome.kind, outcome.status
    if trouble.probing:
        outcome.kind, outcome.count = _end_probe(trouble, kind), 0
        return
    if kind == verdict.DELIVERED:
        _weigh_delivered(upload)
    elif kind == verdict.REJECTED:
        kind = _reject(upload, status, outcome.note)
    elif kind == verdict.UNKNOWN_CHANNEL:
        kind = _narrow(upload)
    elif kind == verdict.RETRY and status >= 500:
        kind = _fail(upload, status)
    outcome.kind, outcome.count = kind, upload.batch.count


def _weigh_delivered(upload):
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
    upload.trouble.held += 1
    upload.trouble.found = True
    _close_search(upload)


def _halve_if_many(upload):
    """Make a refused batch smaller; return False if it has a single reading or pair."""
    batch, trouble = upload.batch, upload.trouble
    if batch.count <= batch.unit_size:
        return False
    if trouble.suspects is None:
        trouble.suspects = batch.end()
        trouble.most = 0
        trouble.found = False
    _halve(upload)
    return True


def _narrow(upload):
    """Search for the unknown channel; return UNKNOWN_CHANNEL once its reading is alone."""
    if _halve_if_many(upload):
        return verdict.REJECTED
    # If the server knows none of them, the device's own id is wrong.
    return verdict.DENIED if upload.trouble.held >= _HELD_MAX else verdict.UNKNOWN_CHANNEL


def _reject(upload, status, note):
    trouble = upload.trouble
    if _halve_if_many(upload):
        return verdict.REJECTED
    if trouble.refused >= _REFUSED_MAX:
        return verdict.DENIED
    trouble.refused += 1
    trouble.found = True
    trouble.aside = upload.batch.unit_size, status, note
    return verdict.REJECTED


def _close_search(upload):
    """End the search of a refused batch after its last reading; learn a limit if none was bad."""
    trouble = upload.trouble
    if trouble.suspects and (upload.ledger.row, upload.ledger.channel) >= trouble.suspects:
        trouble.suspects = None
        if not trouble.found:
            from wherry.sending.batch import batch_limit

            batch_limit.learn(upload, trouble.most)


def _fail(upload, status):
    """Weigh a server error; return AGAIN if the next reading is to be tried immediately."""
    trouble, batch = upload.trouble, upload.batch
    if trouble.accused:
        trouble.accused = False
        trouble.aside = batch.unit_size, status, "the server fails on this reading alone"
        return verdict.REJECTED
    strike(upload)
    if trouble.strikes < _STRIKES_MAX or batch.count > batch.unit_size:
        return verdict.RETRY
    trouble.strikes = 0
    trouble.probing = True
    return verdict.AGAIN


def _end_probe(trouble, kind):
    """Return the verdict after the probe: the server or the reading is at fault."""
    trouble.probing = False
    if kind != verdict.DELIVERED:
        return verdict.DENIED if kind == verdict.DENIED else verdict.RETRY
    trouble.accused = True
    return verdict.AGAIN


def strike(upload) -> None:
    """Count a failed or missing answer; make the batch smaller after several."""
    begin_trouble(upload)
    trouble, batch = upload.trouble, upload.batch
    trouble.strikes += 1
    if trouble.strikes >= _STRIKES_MAX and batch.count > batch.unit_size:
        _halve(upload)


def _halve(upload):
    upload.count_max = max(1, upload.batch.count // 2)
