"""One uplink's progress through the queue: it sends batches, and moves the cursor past them.

follow_up.py settles answers, and no_answer.py missing ones. session_upload.py and
selected_upload.py extend it for some uplinks.
"""

from micropython import const

from wherry.sending import verdict
from wherry.sending.batch.batch import Batch
from wherry.sending.outcome import Outcome

# The longest an uplink's turn may take, including the join and getting the time.
TURN_MS_MAX = const(20_000)
# No exchange is started with less time left than this.
EXCHANGE_MS_MIN = const(5_000)


class Upload:
    """`dialect` is a module of uplinks/, `settings` its section, `date` the clock's.

    `aside` is the folder of the readings set aside.
    """

    selection = session = None
    # The dialect's name, if it and the batch exist only during its turn: see uplink_turn.py.
    dialect_name = None
    remembers = is_held = False
    failures = 0
    # The most readings in the next batch: see batch_limit.py.
    count_max = 0
    # A refusals.Trouble while a reading is under suspicion.
    trouble = None

    def __init__(self, name, dialect, settings, queue, ledger, aside, date):
        self.name = name
        self.dialect = dialect
        self.settings = settings
        self.ledger = ledger
        self.aside = aside
        self.queue = queue
        # One for all uploads, which are served one after another: a reader needs 2 KB.
        queue.upload_reader = queue.upload_reader or queue.reader()
        self.batch = self.batch_of(queue.upload_reader, ledger, date)

    def waiting(self) -> int:
        """Return the number of readings that wait for this uplink."""
        return self.queue.readings - self.ledger.settled()

    own_waiting = waiting

    def batch_of(self, reader, ledger, date):
        """Return a Batch of a reader's rows that starts at a ledger's or order's cursor."""
        return Batch(reader, ledger, date)

    def request(self):
        """Return the next request, or None."""
        self.batch.learned_max = self.count_max
        return self.dialect.next_request(self.settings, self.session, self.batch)

    def judge(self, response, count: int) -> Outcome:
        """Return the Outcome of an answer to `count` readings."""
        kind, note = self.dialect.judge(self.settings, self.session, response, count)
        retry_s = 0
        if kind != verdict.DELIVERED:
            from wherry.sending import status

            retry_s = status.retry_after_s(response.headers)
        return Outcome(kind, note, response.status, retry_s, count)

    def deliver(self) -> None:
        """Move the cursor past the batch, durably."""
        ledger = self.ledger
        ledger.row, ledger.channel = self.batch.end()
        ledger.delivered += self.batch.count
        ledger.denied_s = 0
        ledger.save()
