"""An upload of a part of the channels, of several keys, or of a dialect that keeps a session.

What only some uplinks need stands here: a plain one is lighter.
"""

from wherry.sending.selected_batch import SelectedBatch
from wherry.sending.selection import Selection
from wherry.sending.upload import Upload


def make(selection, name, module, settings, queue, ledger, aside, date):
    """Return a FullUpload; `selection` is (channels, names) as in Selection, or None for all."""
    channels, names = selection or ("all", {})
    choose = Selection(channels, names)
    return FullUpload(name, module, settings, queue, ledger, aside, date, choose)


class FullUpload(Upload):
    """An Upload with `choose`, a Selection; `remembers` if it has several keys or a session.

    `session` then has `now`, the true time, before each request: see server_requests.py and
    sessions.py.
    """

    def __init__(self, name, module, settings, queue, ledger, aside, date, choose):
        self.choose = choose
        super().__init__(name, module, settings, queue, ledger, aside, date)
        self.remembers = hasattr(module, "KEPT") or type(settings.get("api_key")) is list
        # Requests in a row that fetched something.
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
            request.body = self.watched(request.body)
        return request

    def watched(self, body):
        """Yield the pieces of a body, and note its end."""
        yield from body
        self.is_sent = True

    def pass_others(self) -> None:
        """Pass by what is left where there is no request, if it is others'."""
        ledger, reader = self.ledger, self.batch.reader
        batch = self.batch
        if not (batch.undated or batch.skip or batch.count) and reader.end_row > ledger.row:
            ledger.row, ledger.channel = reader.end_row, 0
            ledger.others += reader.passed
            ledger.save()

    def drop(self, end: int, settled: int) -> None:
        """Count what waits below row `end` as dropped, as Ledger.drop does."""
        from wherry.sending import selected_batch

        passed = selected_batch.count_passed(self.queue, self.ledger, self.choose, end)
        self.ledger.others += passed
        self.ledger.drop(end, settled)

    def deliver(self) -> None:
        """Move the cursor behind the batch, durably."""
        self.ledger.others += self.batch.reader.others(*self.batch.end)
        Upload.deliver(self)
