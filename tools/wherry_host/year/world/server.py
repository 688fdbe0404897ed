"""An HTTP server of the simulated world: the dialects of the local server, without sockets."""

import re
from email.utils import formatdate
from http import HTTPStatus
from types import SimpleNamespace

import httptools

from wherry_host.server.dialect import Answer
from wherry_host.year.world.network import RECORD_SIZE


class Server:
    """Serves the Apis of a host; `chain` are its certificates in DER, the leaf first.

    `store` has `add(api, points, received_us, items)`.
    """

    def __init__(self, apis, store, clock, chain):
        self.chain = chain
        self._store, self._clock = store, clock
        self._apis = apis
        self._routes = [
            (route.method, _pattern(route.path), api, route.read)
            for api in apis
            for route in api.routes()
        ]
        #: {status: number of answers}.
        self.statuses = {}

    def accept(self, line):
        """Return the server's end of a new connection."""
        return Connection(self, line)

    def answer(self, method, path, headers, body):
        """Take a request and return the bytes of the answer."""
        now_us = self._clock.us
        path, _, query = path.partition("?")
        status, content, more = self._handle(method, path, query, headers, body, now_us)
        self.statuses[status] = self.statuses.get(status, 0) + 1
        fields = {"date": formatdate(now_us / 1_000_000, usegmt=True), **more}
        if content and "content-type" not in fields:
            fields["content-type"] = "application/json"
        fields["content-length"] = str(len(content))
        lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
        lines += [f"{name}: {value}" for name, value in fields.items()]
        return "\r\n".join([*lines, "", ""]).encode() + content

    def _handle(self, method, path, query, headers, body, now_us):
        for known, pattern, api, read in self._routes:
            found = pattern.fullmatch(path)
            if found and known == method:
                request = SimpleNamespace(
                    method=method,
                    headers=headers,
                    scope={"path": path},
                    path_params=found.groupdict(),
                    query_params=dict(each.partition("=")[::2] for each in query.split("&")),
                )
                answer = self._take(api, read(request, body, now_us), now_us)
                return answer.status, answer.content, answer.headers
        answer = self._apis[0].not_found(method, path)
        return answer.status, answer.content, answer.headers

    def _take(self, api, intake, now_us):
        if isinstance(intake, Answer):
            return intake
        self._store.add(intake.api or api.name, intake.points, now_us, intake.items)
        return intake.accept(len(intake.points))


class Connection:
    """The server's end of one connection; it parses requests as they arrive."""

    def __init__(self, server, line):
        self._server, self._line = server, line
        self.chain = server.chain
        self._is_secure = False
        self._begin()

    def _begin(self):
        self._parser = httptools.HttpRequestParser(self)
        self._path, self._headers, self._body = b"", {}, []

    def shaken(self):
        """Note that answers are covered by TLS from here on."""
        self._is_secure = True

    def receive(self, content):
        """Take bytes of requests."""
        self._parser.feed_data(content)

    # The parser's calls

    def on_url(self, url):
        self._path += url

    def on_header(self, name, value):
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_body(self, piece):
        self._body.append(piece)

    def on_message_complete(self):
        method = self._parser.get_method().decode("latin-1")
        path = self._path.decode("latin-1")
        answer = self._server.answer(method, path, self._headers, b"".join(self._body))
        is_last = not self._parser.should_keep_alive()
        self._path, self._headers, self._body = b"", {}, []
        self._line.answer(answer, is_last, RECORD_SIZE if self._is_secure else 0)


def _pattern(path):
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path))
