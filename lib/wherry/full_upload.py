"""An upload of a part of the channels, of several keys, or of a dialect that keeps a session.

What only some uplinks need stands here: a plain one is lighter.
"""

from micropython import const

from wherry import once, verdict
from wherry.selected import SelectedBatch
from wherry.selection import Selection
from wherry.upload import Upload

# Requests in a row that fetch something (a token, the time) before it counts as a failure.
_STEPS_MAX = const(4)


def make(selection, name, module, settings, queue, ledger, aside, date):
    """Return a FullUpload; `selection` is (channels, names) as in Selection, or None for all."""
    channels, names = selection or ("all", {})
    choose = Selection(channels, names)
    return FullUpload(name, module, settings, queue, ledger, aside, date, choose)


class FullUpload(Upload):
    """An Upload with `choose`, a Selection; `remembers` if it has several keys or a session.

    `session` then has `now`, the true time, before each request: see remote.py and sessions.py.
    """

    def __init__(self, name, module, settings, queue, ledger, aside, date, choose):
        self.choose = choose
        super().__init__(name, module, settings, queue, ledger, aside, date)
        self.remembers = hasattr(module, "KEPT") or type(settings.get("api_key")) is list
        self.steps = 0
        # Whether the last request's body was written to its end.
        self.is_sent = False

    def batch_of(self, reader, ledger, date):
        """Return the Batch of the uplink's channels behind a ledger's cursor, or an order's."""
        return SelectedBatch(reader, ledger, date, self.choose)

    def own_waiting(self) -> int:
        """Return about how many readings wait without those of others, as so far."""
        ledger = self.ledger
        passed = ledger.delivered + ledger.others
        return self.waiting() * (ledger.delivered + 1) // (passed + 1) + 2

    def request(self):
        """Return the next request, or None."""
        batch = self.batch
        batch.count = batch.count_max = 0
        request = Upload.request(self)
        if request:
            self.is_sent = False
            request[4] = self.watched(request[4])
        return request

    def watched(self, body):
        """Yield the pieces of a body, and note its end."""
        yield from body or ()
        self.is_sent = True

    def judge(self, response, count: int) -> tuple:
        """Return (verdict, note) for an answer."""
        kind, note = Upload.judge(self, response, count)
        kind, note = once("wherry.sessions", "settle", self, kind, response.status, note)
        self.steps = self.steps + 1 if kind == verdict.STEP else 0
        return (verdict.RETRY if self.steps > _STEPS_MAX else kind), note

    def nothing(self, boot: int) -> tuple:
        """Return what `step` does where there is no request: what is left may be others'."""
        ledger, reader = self.ledger, self.batch.reader
        batch = self.batch
        if not (batch.undated or batch.skip or batch.count) and reader.end_row > ledger.row:
            ledger.row, ledger.channel = reader.end_row, 0
            ledger.others += reader.passed
            ledger.save()
        return Upload.nothing(self, boot)

    def no_answer(self) -> None:
        """Weigh that an exchange failed; one that was no upload says nothing."""
        if self.batch.count_max and not (self.is_sent and once("wherry.doubt", "settle", self)):
            Upload.no_answer(self)

    def drop(self, end: int, settled: int) -> None:
        """Count what waits below row `end` as dropped, as Ledger.drop does."""
        passed = once("wherry.selected", "count_passed", self.queue, self.ledger, self.choose, end)
        self.ledger.others += passed
        self.ledger.drop(end, settled)

    def deliver(self) -> None:
        """Move the cursor behind the batch, durably."""
        self.ledger.others += self.batch.reader.others(*self.batch.end)
        Upload.deliver(self)
