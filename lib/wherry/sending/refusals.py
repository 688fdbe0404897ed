"""Trouble with a batch: halved until its one bad reading stands alone and is set aside.

That a batch was merely too large is learned when all its parts pass. Errors of the server count
against a reading only if the one behind it is taken meanwhile and it then fails again.
"""

from micropython import const

from wherry.sending import verdict
from wherry.sending.outcome import Outcome
from wherry.sending.set_aside import set_aside

# After this many readings refused in a row the server, not the readings, is at fault.
_REFUSED_MAX = const(8)
# So many channels held in a row: it knows none.
_HELD_MAX = const(2)
# Failed answers to one batch before it is made smaller.
_STRIKES_MAX = const(3)
# Batches that pass before a learned limit is tried again: plans are upgraded.
_PASSES_MAX = const(100)


class Trouble:
    """Made at an upload's first refusal; `probing` sends what stands behind the accused."""

    def __init__(self, upload):
        self._upload = upload
        self._suspects = None  # Where the refused batch ended, while it is searched.
        self._most = 0  # The largest part of it that passed.
        self._refused = self._held = 0
        # On battery each failure is another wake, and only their number is remembered.
        self._strikes = min(upload.failures, _STRIKES_MAX - 1)
        self._found = self._accused = False
        self.probing = False

    def is_over(self) -> bool:
        """Tell whether no reading is under suspicion any more."""
        under_suspicion = self._suspects or self._accused or self.probing
        return not (under_suspicion or self._refused or self._strikes or self._held)

    def no_answer(self) -> None:
        """Note that an exchange failed on its way: that accuses no reading."""
        self._strike()
        self.probing = self._accused = False

    def nothing(self, boot: int) -> Outcome:
        """Settle what stands in the way when the walk finds nothing to send, though some waits."""
        upload = self._upload
        batch, ledger = upload.batch, upload.ledger
        if self.probing:
            self.probing = False
            return Outcome(verdict.RETRY, "one reading is refused and none is behind it")
        if not batch.undated:
            # The walk reached the end, so what the counters miss was damaged in flash.
            missing = upload.waiting()
            # Less than none: settled ones were damaged since, and a power cut forgot their number.
            upload.queue.readings -= min(0, missing)
            ledger.damaged += max(0, missing)
            ledger.save()
        elif batch.boot != boot:
            set_aside(upload, 0, "boot %d: no time" % batch.boot)
            return Outcome(verdict.STEP, "a reading without a time is set aside")
        return Outcome(None)

    def weigh(self, outcome) -> None:
        """Put a weighed verdict in place of an Outcome's bare one."""
        upload, kind, status = self._upload, outcome.kind, outcome.status
        if self.probing:
            outcome.kind, outcome.count = self._end_probe(kind), 0
            return
        if kind == verdict.DELIVERED:
            upload.deliver()
            self._refused = self._strikes = self._held = 0
            self._accused = False
            if self._suspects is None or self._found:
                grow(upload)
            else:
                self._most = max(self._most, upload.batch.count)
            self._close_search()
        elif kind == verdict.REJECTED:
            kind = self._reject(status, outcome.note)
        elif kind == verdict.NARROW:
            kind = self._narrow()
        elif kind == verdict.RETRY and status >= 500:
            kind = self._fail(status)
        outcome.kind, outcome.count = kind, upload.batch.count

    def _is_searched(self):
        """Tell whether a refused batch has more than one reading, and make it smaller."""
        batch = self._upload.batch
        if batch.count <= batch.unit_size:
            return False
        if self._suspects is None:
            self._suspects = batch.end
            self._most = 0
            self._found = False
        self._halve()
        return True

    def held(self) -> None:
        """Note that the lone reading's channel is in quarantine now."""
        self._held += 1
        self._found = True
        self._close_search()

    def _narrow(self):
        """Search for the channel that the server does not know; NARROW where it stands alone."""
        if self._is_searched():
            return verdict.REJECTED
        # Where it knows none of them, the device's own id is wrong.
        return verdict.DENIED if self._held >= _HELD_MAX else verdict.NARROW

    def _reject(self, status, note):
        if self._is_searched():
            return verdict.REJECTED
        if self._refused >= _REFUSED_MAX:
            return verdict.DENIED
        self._refused += 1
        self._found = True
        self._set_aside_unit(status, note)
        self._close_search()
        return verdict.REJECTED

    def _close_search(self):
        """End the search of a refused batch behind its last reading, and learn from it."""
        upload = self._upload
        if self._suspects and (upload.ledger.row, upload.ledger.channel) >= self._suspects:
            self._suspects = None
            if not self._found:
                upload.session["count_limit"] = self._most
                upload.passes = 0

    def _fail(self, status):
        """Weigh a server's error: STEP if the next reading is to be tried at once."""
        if self._accused:
            self._accused = False
            self._set_aside_unit(status, "the server fails on it alone")
            return verdict.REJECTED
        self._strike()
        batch = self._upload.batch
        if self._strikes < _STRIKES_MAX or batch.count > batch.unit_size:
            return verdict.RETRY
        self._strikes = 0
        self.probing = True
        return verdict.STEP

    def _end_probe(self, kind):
        """The reading behind the failing one was sent: is it the server or the reading?"""
        self.probing = False
        if kind != verdict.DELIVERED:
            return verdict.DENIED if kind == verdict.DENIED else verdict.RETRY
        self._accused = True
        return verdict.STEP

    def _strike(self):
        """Count a failed answer; make the batch smaller when they add up."""
        self._strikes += 1
        batch = self._upload.batch
        if self._strikes >= _STRIKES_MAX and batch.count > batch.unit_size:
            self._halve()

    def _halve(self):
        self._upload.session["count_max"] = max(1, self._upload.batch.count // 2)

    def _set_aside_unit(self, status, reason):
        for _ in range(self._upload.batch.unit_size):
            set_aside(self._upload, status, reason)


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
