"""An HTTP server of the simulated world: the dialects of the local server, without sockets."""

import re
from email.utils import formatdate
from functools import partial
from http import HTTPStatus
from types import SimpleNamespace
from typing import NamedTuple

import httptools

from wherry_host.server import strikes
from wherry_host.server.content_coding import unpacked
from wherry_host.server.dialect import Answer
from wherry_host.server.faults import Fault
from wherry_host.year.world.network import RECORD_SIZE

_BARE_HEADERS = {"host", "user-agent", "connection", "cache-control"}
# The answer above the limit of a service.
_LIMITED = Fault(kind="status", status=429)


class Request(NamedTuple):
    """A request at a true time, with the points in it; the api is "" for an unknown path.

    The status is 0 if the connection was cut instead; `retry_s` is the answer's Retry-After, and
    `size` the bytes of the body as it was sent, without the heads of chunks.
    """

    time_us: int
    api: str
    status: int
    count: int
    retry_s: int
    size: int


class Server:
    """Serves the Apis of a host.

    `store` is a Store, `faults` a server.faults.Faults. `chain_with(kind)` returns certificates
    in DER, the leaf first.
    """

    def __init__(self, apis, store, clock, chain_with, faults):
        self._chain_with, self.faults = chain_with, faults
        #: The kinds of the certificates' faults, of which the server shows the last one.
        self.shown = []
        self.show_certificates()
        self.store = store
        self._clock, self._apis = clock, apis
        self._routes = [
            (route.method, _pattern(route.path), api, route.read)
            for api in apis
            for route in api.routes()
        ]
        #: `admits(api, now_us)` is False for a request above the limit of a service.
        self.admits = None
        #: The Requests, in order.
        self.requests = []
        #: The bytes that came while the certificates were not to be trusted.
        self.leaked_size = 0

    def show_certificates(self):
        """Show the certificates that `shown` requires."""
        kind = self.shown[-1] if self.shown else "good"
        #: `is_proven` is False while `chain` is not to be trusted.
        self.chain, self.is_proven = self._chain_with(kind), kind == "good"

    def accept(self, line):
        """Return the server's end of a new connection."""
        return Connection(self, line)

    def answer(self, method, path, headers, body):
        """Take a request; return (bytes of the answer or None, api, points that it accepts)."""
        now_us = self._clock.us
        self.store.settle()
        if method == "HEAD":
            return _head(404, {"date": _date(now_us)}), "", []
        path, _, query = path.partition("?")
        answer, api, points = self._handle(method, path, query, headers, body, now_us)
        if not answer.status:
            return None, api, points
        content = answer.content
        fields = {"date": _date(now_us), **answer.headers}
        if content and "content-type" not in fields:
            fields["content-type"] = "application/json"
        fields["content-length"] = str(len(content))
        return _head(answer.status, fields) + content, api, points

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
                text = unpacked(body, headers.get("content-encoding", "")) or b""
                return self._take(api, read(request, text, now_us), now_us, len(body))
        answer = self._apis[0].not_found(method, path)
        self._note("", answer, 0, len(body))
        return answer, "", []

    def _take(self, api, intake, now_us, size):
        if isinstance(intake, Answer):
            self.store.refuse(api.name, intake.refused, now_us, intake.status)
            self._note(api.name, intake, len(intake.refused), size)
            return intake, api.name, []
        name = intake.api or api.name
        fault = self.faults.strike_request(name, intake.points)
        if fault and fault.kind == "short" and not _is_felt(intake, fault):
            fault = None
        if fault is None and self.admits and not self.admits(name, now_us):
            fault = _LIMITED
            self.faults.note(fault)
        answer = strikes.take(self.store, api, intake, fault, now_us)
        # The answer of another server belongs to no API.
        is_own = not (fault and fault.kind == "page")
        self._note(name if is_own else "", answer, len(intake.points) if is_own else 0, size)
        # Only a whole acceptance shows the node that the points are stored.
        return answer, name, intake.points if fault is None else []

    def _note(self, api, answer, count, size):
        headers = {name.lower(): value for name, value in answer.headers.items()}
        retry_s = int(headers.get("retry-after", 0))
        self.requests.append(Request(self._clock.us, api, answer.status, count, retry_s, size))


class Connection:
    """The server's end of one connection; it parses requests as they arrive."""

    def __init__(self, server, line):
        self._server, self._line = server, line
        self.chain = server.chain
        self._is_proven, self._is_secure = server.is_proven, False
        self._begin()

    def _begin(self):
        self._parser = httptools.HttpRequestParser(self)
        self._path, self._headers, self._body = b"", {}, []

    def shaken(self):
        """Note that answers are covered by TLS from here on."""
        self._is_secure = True

    def receive(self, content):
        """Take bytes of requests."""
        if self._is_secure and not self._is_proven:
            self._server.leaked_size += len(content)
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
        body = b"".join(self._body)
        answer, api, points = self._server.answer(method, path, self._headers, body)
        is_last = not self._parser.should_keep_alive()
        self._path, self._headers, self._body = b"", {}, []
        if answer is None:
            self._line.cut()
            return
        cover_size = RECORD_SIZE if self._is_secure else 0
        if method == "HEAD" and self._is_secure:
            self._line.tell_time(answer, is_last, cover_size)
            return
        arrived = partial(self._server.store.arrived, api, points)
        self._line.answer(answer, is_last, cover_size, arrived)


class FrontDoor:
    """The plain HTTP of a host, whose answers have a Date; it shares the faults of a Server.

    A node may send nothing but a HEAD that says nothing about it.
    """

    chain, is_proven = (), False

    def __init__(self, clock, store, faults):
        self._clock, self.store, self.faults = clock, store, faults
        self.requests, self.leaked_size = [], 0

    def accept(self, line):
        """Return the server's end of a new connection."""
        return Connection(self, line)

    def answer(self, method, path, headers, body):
        """Redirect to HTTPS; return what `Server.answer` returns."""
        if (method, path, body) != ("HEAD", "/", b"") or set(headers) - _BARE_HEADERS:
            self.leaked_size += len(path) + sum(map(len, headers.values())) + len(body)
        fields = {"date": _date(self._clock.us), "location": "https://" + headers["host"]}
        return _head(301, {**fields, "content-length": "0"}), "", []


def _head(status, fields):
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
    lines += [f"{name}: {value}" for name, value in fields.items()]
    return "\r\n".join([*lines, "", ""]).encode()


def _date(time_us):
    return formatdate(time_us / 1_000_000, usegmt=True)


def _is_felt(intake, fault):
    """Return True if a fault "short" leaves a point out, and the answer shows it to the node."""
    count, left = len(intake.points), len(strikes.without(intake.points, fault))
    return left < count and intake.accept(count).content != intake.accept(left).content


def _pattern(path):
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path))
