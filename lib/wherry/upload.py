"""One uplink's way through the queue: batches out, verdicts in, the ledger's cursor forward.

What happens to a batch that is refused or fails the server stands in trouble.py, which is loaded
when there is some. full_upload.py has what only some uplinks need.
"""

from wherry import forget, once, verdict
from wherry.batch import Batch


class Upload:
    """`module` is the uplink's, `settings` its section, `date` the clock's.

    `aside` is the folder of the readings set aside.
    """

    choose = None
    remembers = False

    def __init__(self, name, module, settings, queue, ledger, aside, date):
        self.name = name
        self.module = module
        self.settings = settings
        self.session = {}
        self.ledger = ledger
        self.aside = aside
        self.batch = self.batch_of(queue.reader(), ledger, date)
        self.passes = self.failures = 0
        self.queue = queue
        self._trouble = None

    def waiting(self) -> int:
        """Return the readings that wait for this uplink."""
        return self.queue.readings - self.ledger.settled()

    own_waiting = waiting

    def batch_of(self, reader, ledger, date):
        """Return the Batch of what a reader has behind a ledger's cursor, or an order's."""
        return Batch(reader, ledger, date)

    def request(self):
        """Return the next request, or None."""
        return self.module.next_request(self.settings, self.session, self.batch)

    def judge(self, response, count: int) -> tuple:
        """Return (verdict, note) for an answer."""
        return self.module.judge(self.settings, self.session, response, count)

    def begin(self, failures: int) -> None:
        """Start after so many failed uploads in a row, which is all that outlives a deep sleep."""
        if self.queue.is_thinning is None:
            self.queue.look()
        if self.queue.is_thinning:
            once("wherry.thinned", "finish", self.queue)
        self.failures = failures
        if failures > 2:
            once("wherry.trouble", "begin", self)

    def step(self, exchange, boot: int) -> tuple:
        """Send one batch; return (verdict or None if nothing can be sent, retry_s, note, count).

        `exchange(request)` returns the response or raises OSError. Undated rows of boots other
        than the running `boot` will never be dated.
        """
        batch = self.batch
        batch.skip = 1 if self._trouble and self._trouble.probing else 0
        batch.waiting = self.own_waiting()
        request = self.request()
        if request is None:
            return self.nothing(boot)
        try:
            response = exchange(request)
        except OSError:
            self.no_answer()
            raise
        count = batch.count
        kind, note = self.judge(response, count)
        failed = kind == verdict.REJECTED or (kind == verdict.RETRY and response.status >= 500)
        if kind == verdict.NARROW or (kind != verdict.STEP and (self._trouble or failed)):
            trouble = self._in_trouble()
            kind, note, count = trouble.weigh(kind, response.status, note)
            self._leave_trouble()
        elif kind == verdict.DELIVERED:
            self.deliver()
            if "count_max" in self.session:
                once("wherry.trouble", "grow", self)
        retry_s = 0
        if kind == verdict.RETRY or kind == verdict.DENIED:
            retry_s = once("wherry.status", "retry_after_s", response.headers)
        return kind, retry_s, note, count

    def nothing(self, boot: int) -> tuple:
        """Return what `step` does where there is no request."""
        if not self.waiting():
            return None, 0, "", 0
        found = self._in_trouble().nothing(boot)
        self._leave_trouble()
        return found

    def no_answer(self) -> None:
        """Weigh that an exchange failed on its way."""
        # However little of the body was made: so much was to be sent.
        self.batch.count = self.batch.count_max
        self._in_trouble().no_answer()

    def drop(self, end: int, settled: int) -> None:
        """Count what waits below row `end` as dropped, as Ledger.drop does."""
        self.ledger.drop(end, settled)

    def _in_trouble(self):
        if not self._trouble:
            from wherry.trouble import Trouble

            self._trouble = Trouble(self)
        return self._trouble

    def _leave_trouble(self):
        if self._trouble.is_over():
            self._trouble = None
            forget("wherry.trouble", "wherry.aside")

    def deliver(self) -> None:
        """Move the cursor behind the batch, durably."""
        ledger = self.ledger
        ledger.row, ledger.channel = self.batch.end
        ledger.delivered += self.batch.count
        ledger.denied_s = 0
        ledger.save()
