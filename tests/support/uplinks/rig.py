"""A queue, its uplink, and the server that the uplink sends to."""

from support.queue.folders import fresh
from wherry.queue.queue import Queue
from wherry.sending import verdict
from wherry.sending.step import step
from wherry.sending.upload import Upload
from wherry.small_file import make_folder

BEGIN_S = 848_000_000
SIZE_MAX = 400_000


class Rig:
    """`upload` sends the rows of `queue` to `server`; the rigs that extend it fill the queue.

    With `make` the upload is of that class, which takes `more` after the function `date`.
    """

    def __init__(
        self, label, dialect, settings, channels, ms=False, make=Upload, more=(), date=None
    ):
        self.root = fresh()
        for folder in ("/cursors", "/aside"):
            make_folder(self.root + folder)
        self.channels, self.ms = channels, ms
        self.queue = self.opened()
        self.ledger = self.queue.ledger(label)
        parts = dialect, settings, self.queue, self.ledger, self.root + "/aside", date
        self.upload = make(label, *parts, *more)
        self.server = None

    def opened(self):
        """Return the queue as a start opens it."""
        return Queue(self.root, self.channels, self.ms, SIZE_MAX)

    def exchange(self, request):
        """Send a request as the link does; return the answer or raise OSError."""
        return self.server.exchange(request)

    def step(self):
        """Return the Outcome of one step."""
        return step(self.upload, self.exchange, -1)

    def run(self, steps=400):
        """Step until nothing can be sent; check the ledger's balance; return the verdicts."""
        kinds = []
        while len(kinds) < steps and None not in kinds:
            try:
                kinds.append(self.step().kind)
            except OSError:
                kinds.append(verdict.RETRY)
        self.check_balance()
        return kinds

    def check_balance(self):
        ledger = self.upload.ledger
        assert self.upload.waiting() == self.queue.readings - ledger.settled() >= 0
