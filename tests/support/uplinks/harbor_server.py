"""A few lines of Harbor server for tests of lib/: real request bytes in, real answers out."""

import json

from support.uplinks.gzip_reader import unpacked
from support.uplinks.request_parts import parts
from wherry.http.response import ResponseReader


class HarborServer:
    """`points` holds {(time, ship, cargo): value}; `copies` is how many points came again.

    `requests` counts all requests, `singles` those for a single point, `packed` those with gzip,
    which it refuses unless `takes_gzip`. Its answers have a count if `says_count`.

    `refuse(item)` returns True for an item for which its batch is refused. Each of `statuses`
    answers one request before normal answers begin, with the header lines `retry_after`.
    `count_max` is the plan's limit, and `lost` is the number of answers still to be lost.
    """

    def __init__(self):
        self.points = {}
        self.copies = 0
        self.requests = self.singles = self.packed = 0
        self.takes_gzip = self.says_count = True
        self.statuses = []
        self.retry_after = ""
        self.refuse = lambda item: False
        self.refusal = 400
        self.drop_silently = False
        self.count_max = 10_000
        self.lost = 0
        self.down = False

    def exchange(self, request, deadline=0, ca=()):
        """Take a request as the link does; return the answer or raise OSError."""
        method, url, headers, size, body = parts(request)
        self.requests += 1
        text = b"".join([bytes(piece) for piece in body])
        assert method == "POST"
        assert dict(headers)["X-API-Key"] == "key-1"
        if dict(headers).get("Content-Encoding") == "gzip":
            assert size == -1
            self.packed += 1
            if not self.takes_gzip:
                return respond(400, {"message": "Invalid request body"})
            text = unpacked(text)
        else:
            assert len(text) == size, (len(text), size)
        if self.down:
            raise OSError(116)
        found = json.loads(text.decode())
        is_batch = url.endswith("/batch")
        assert is_batch == (type(found) is list), url
        self.singles += not is_batch
        status, answer = self._take(found if is_batch else [found])
        if self.lost:
            self.lost -= 1
            raise OSError("the answer was lost")
        return respond(status, answer, self.retry_after if status >= 400 else "")

    def _take(self, items):
        assert items
        if self.statuses:
            return self.statuses.pop(0), {}
        if len(items) > self.count_max:
            return 400, {"message": "too many"}
        good = [item for item in items if not self.refuse(item)]
        if len(good) < len(items) and not self.drop_silently:
            return self.refusal, {"message": "bad item"}
        for item in good:
            key = (item["time"], item["ship_id"], item["cargo_id"])
            self.copies += key in self.points
            self.points.setdefault(key, item["value"])
        count = {"count": len(good)} if self.says_count else {}
        return 202, dict(count, status="Data received and queued")


def respond(status, answer, headers=""):
    """Return the reader of an answer: a text, or JSON content."""
    body = (answer if type(answer) is str else json.dumps(answer)).encode()
    head = "HTTP/1.1 %d x\r\nContent-Length: %d\r\n%s\r\n" % (status, len(body), headers)
    reader = ResponseReader()
    reader.feed(head.encode() + body)
    assert reader.done
    return reader
