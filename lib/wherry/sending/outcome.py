"""The result of a request to a server."""


class Outcome:
    """kind: a constant of verdict.py, or None if nothing was sent. note: text to report.

    status: the HTTP status, or 0 without an answer. retry_s: the server's Retry-After. count: the
    number of readings sent. action: a constant of action.py.
    """

    action = 0

    def __init__(self, kind, note="", status=0, retry_s=0, count=0):
        self.kind = kind
        self.note = note
        self.status = status
        self.retry_s = retry_s
        self.count = count
