"""An answer, as the dialects judge it."""


class Answer:
    """An answer as the link returns it: status, headers by lower-case name, start of the body."""

    def __init__(self, status, body=b"", headers=None):
        self.status, self.headers = status, headers or {}
        self.body = bytearray(body.encode() if type(body) is str else body)
        self.body_size = len(self.body)
