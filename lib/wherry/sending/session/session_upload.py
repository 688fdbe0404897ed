"""An upload with several keys or a dialect's session. A plain Upload needs less memory."""

from wherry.sending.session.session import Session
from wherry.sending.upload import Upload


class SessionUpload(Upload):
    """An Upload with a session; `remembers` is true with several keys or a dialect's own session.

    In both cases `session.now` is set before each request: see server_requests.py and sessions.py.
    """

    # Requests in a row that fetched something.
    steps = 0
    # Whether the last request's body was written completely.
    is_sent = False

    def __init__(self, name, dialect, settings, queue, ledger, aside, date):
        super().__init__(name, dialect, settings, queue, ledger, aside, date)
        self.remembers = hasattr(dialect, "Session") or type(settings.get("api_key")) is list
        self.session = getattr(dialect, "Session", Session)()

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
