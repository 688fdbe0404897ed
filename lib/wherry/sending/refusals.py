"""Trouble with a batch: halved until its one bad reading stands alone and is set aside.

That a batch was merely too large is learned when all its parts pass. Errors of the server count
against a reading only if the one behind it is taken meanwhile and it then fails again. Loaded for
the moment: what is remembered from one answer to the next is a Trouble.
"""

from micropython import const

from wherry.sending import verdict
from wherry.sending.outcome import Outcome

# After this many readings refused in a row the server, not the readings, is at fault.
_REFUSED_MAX = const(8)
# So many channels held in a row: it knows none.
_HELD_MAX = const(2)
# Failed answers to one batch before it is made smaller.
_STRIKES_MAX = const(3)
# Batches that pass before a learned limit is tried again: plans are upgraded.
_PASSES_MAX = const(100)


class Trouble:
    """What an upload remembers from its first refusal on, until no reading is under suspicion.

    suspects: where the refused batch ended, while it is searched. most: the largest part of it
    that passed. found: whether a bad reading was found in it. refused, held: readings refused and
    channels held in a row. strikes: failed answers to one batch. accused: whether the server
    failed on a reading that stood alone. probing: whether what stands behind that one is sent.
    aside: (count, status, reason) of readings that are to be set aside now, or None.
    Without methods, for those keep a module in the heap.
    """

    suspects = aside = None
    most = refused = held = strikes = 0
    found = accused = probing = False


def begin_trouble(upload) -> None:
    """Have a Trouble."""
    upload.trouble = Trouble()
    # On battery each failure is another wake, and only their number is remembered.
    upload.trouble.strikes = min(upload.failures, _STRIKES_MAX - 1)


def is_over(trouble) -> bool:
    """Return whether no reading is under suspicion any more."""
    under_suspicion = trouble.suspects or trouble.accused or trouble.probing
    return not (under_suspicion or trouble.refused or trouble.strikes or trouble.held)


def no_answer(upload) -> None:
    """Note that an exchange failed on its way: that accuses no reading."""
    _strike(upload)
    upload.trouble.probing = upload.trouble.accused = False


def nothing(upload, boot: int) -> Outcome:
    """Settle what stands in the way when the walk finds nothing to send, though some waits."""
    batch, ledger = upload.batch, upload.ledger
    if upload.trouble.probing:
        upload.trouble.probing = False
        return Outcome(verdict.RETRY, "one reading is refused and none is behind it")
    if not batch.undated:
        # The walk reached the end, so what the counters miss was damaged in flash.
        missing = upload.waiting()
        # Less than none: settled ones were damaged since, and a power cut forgot their number.
        upload.queue.readings -= min(0, missing)
        ledger.damaged += max(0, missing)
        ledger.save()
    elif batch.boot != boot:
        upload.trouble.aside = 1, 0, "boot %d: no time" % batch.boot
        return Outcome(verdict.STEP, "a reading without a time is set aside")
    return Outcome(None)


def weigh(upload, outcome) -> None:
    """Put a weighed verdict in place of an Outcome's bare one."""
    trouble, kind, status = upload.trouble, outcome.kind, outcome.status
    if trouble.probing:
        outcome.kind, outcome.count = _end_probe(trouble, kind), 0
        return
    if kind == verdict.DELIVERED:
        _weigh_delivered(upload)
    elif kind == verdict.REJECTED:
        kind = _reject(upload, status, outcome.note)
    elif kind == verdict.NARROW:
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
        grow(upload)
    else:
        trouble.most = max(trouble.most, upload.batch.count)
    close_search(upload)


def held(upload) -> None:
    """Note that the lone reading's channel is in quarantine now."""
    upload.trouble.held += 1
    upload.trouble.found = True
    close_search(upload)


def _is_searched(upload):
    """Return whether a refused batch has more than one reading, and make it smaller."""
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
    """Search for the channel that the server does not know; NARROW where it stands alone."""
    if _is_searched(upload):
        return verdict.REJECTED
    # Where it knows none of them, the device's own id is wrong.
    return verdict.DENIED if upload.trouble.held >= _HELD_MAX else verdict.NARROW


def _reject(upload, status, note):
    trouble = upload.trouble
    if _is_searched(upload):
        return verdict.REJECTED
    if trouble.refused >= _REFUSED_MAX:
        return verdict.DENIED
    trouble.refused += 1
    trouble.found = True
    trouble.aside = upload.batch.unit_size, status, note
    return verdict.REJECTED


def close_search(upload):
    """End the search of a refused batch behind its last reading, and learn from it."""
    trouble = upload.trouble
    if trouble.suspects and (upload.ledger.row, upload.ledger.channel) >= trouble.suspects:
        trouble.suspects = None
        if not trouble.found:
            upload.session["count_limit"] = trouble.most
            upload.passes = 0


def _fail(upload, status):
    """Weigh a server's error: STEP if the next reading is to be tried at once."""
    trouble, batch = upload.trouble, upload.batch
    if trouble.accused:
        trouble.accused = False
        trouble.aside = batch.unit_size, status, "the server fails on it alone"
        return verdict.REJECTED
    _strike(upload)
    if trouble.strikes < _STRIKES_MAX or batch.count > batch.unit_size:
        return verdict.RETRY
    trouble.strikes = 0
    trouble.probing = True
    return verdict.STEP


def _end_probe(trouble, kind):
    """The reading behind the failing one was sent: is it the server or the reading?"""
    trouble.probing = False
    if kind != verdict.DELIVERED:
        return verdict.DENIED if kind == verdict.DENIED else verdict.RETRY
    trouble.accused = True
    return verdict.STEP


def _strike(upload):
    """Count a failed answer; make the batch smaller when they add up."""
    upload.trouble.strikes += 1
    batch = upload.batch
    if upload.trouble.strikes >= _STRIKES_MAX and batch.count > batch.unit_size:
        _halve(upload)


def _halve(upload):
    upload.session["count_max"] = max(1, upload.batch.count // 2)


def begin(upload) -> None:
    """Make batches smaller after failures in a row: their number is all that outlives a sleep."""
    most = max(1, upload.module.BATCH_COUNT_MAX >> upload.failures - _STRIKES_MAX + 1)
    upload.session["count_max"] = min(most, upload.session.get("count_max", most))


def grow(upload) -> None:
    """Let the next batch be larger, up to the uplink's limit or the one that was learned.

    Once there is neither any more, the session holds none of it.
    """
    session = upload.session
    most = upload.module.BATCH_COUNT_MAX
    limit = session.get("count_limit", most)
    upload.passes += 1
    if upload.passes > _PASSES_MAX and limit < most:
        upload.passes = 0
        limit = session["count_limit"] = min(2 * limit, most)
    if upload.batch.count >= session.get("count_max", limit):
        session["count_max"] = min(limit, 2 * upload.batch.count)
    if session.get("count_max", limit) >= most:
        session.pop("count_max", None)
        session.pop("count_limit", None)
