"""The core of the server: it accepts requests, applies faults, stores points and answers.

A request goes through these steps: size check, body, the API's reader, fault, commit, answer, log.
`Date` is true time, which may differ from the host's time. Validation is plain Python in the
dialects. FastAPI only does the routing, because a model per point would cost more than all other
steps.
"""

import asyncio
import sqlite3
from contextlib import suppress
from email.utils import formatdate
from functools import partial

from fastapi import FastAPI, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from wherry_host.server import strikes
from wherry_host.server.content_coding import unpacked
from wherry_host.server.dialect import Answer, whole_text
from wherry_host.server.http_heads import Heads, OpenHeads
from wherry_host.server.open_server import SentPaths, finish, refuse_or_preflight, sent_path

# The limit for paths that belong to no dialect; each Api has its own limit.
_BODY_SIZE_MAX = 4_194_304
_LINGER_S = 1.0


class Intakes:
    """Serves Apis from one store; `cut(port)` ends the connection from a client port."""

    def __init__(self, store, faults, now_us, apis, cut):
        self.app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
        self.app.router.redirect_slashes = False
        self.app.add_middleware(SentPaths, is_open=lambda path: self._near(path).open_server)
        self._store = store
        self._faults = faults
        self._now_us = now_us
        self._cut = cut
        self._apis = apis
        (self._other_paths,) = (api for api in apis if api.for_other_paths)
        #: The protocol by which uvicorn reads connections.
        self.protocol = Heads
        if self._other_paths.open_server:
            self.protocol = partial(OpenHeads, self._unfit)
        for api in apis:
            for route in api.routes():
                serve = partial(self._serve, api, route.read)
                self.app.add_route(route.path, serve, methods=[route.method])
        self.app.add_exception_handler(HTTPException, self._serve_nothing)
        self.app.add_exception_handler(ClientDisconnect, _give_up)

    async def _serve(self, api, read, request):
        body = await _read_body(request, api.body_size_max)
        now_us = self._now_us()
        answer = api.refusal(413) if body is None else read(request, body, now_us)
        if isinstance(answer, Answer):
            points = answer.refused
            if points:
                self._store.refuse(api.name, points, now_us, answer.status, answer.content)
        else:
            points = answer.points
            answer = self._take(api, answer, request, now_us)
        sender = points[0][0] if points else _sender(api, request, body)
        return self._respond(api, api.name, request, body or b"", answer, now_us, sender)

    async def _serve_nothing(self, request, error):
        path = sent_path(request)
        api = self._near(path)
        answer = refuse_or_preflight(request) if api.open_server else None
        if answer is None and error.status_code == 405:
            # The methods come from a set, which has no order.
            allowed = sorted(error.headers["Allow"].split(", "))
            answer = api.method_not_allowed(", ".join(allowed))
        elif answer is None:
            answer = api.not_found(request.method, path)
        try:
            body = await _read_body(request, _BODY_SIZE_MAX)
        except ClientDisconnect as gone:
            # An exception in an exception handler is not passed to another handler.
            return await _give_up(request, gone)
        sender = _sender(api, request, body)
        return self._respond(api, "", request, body or b"", answer, self._now_us(), sender)

    def _near(self, path):
        """Return the Api whose prefix a path has."""
        path = "/" + path.lower().lstrip("/")
        near = (api for api in self._apis if path.startswith(api.prefix))
        return next(near, self._other_paths)

    def _unfit(self, path, status, details):
        api = self._near(path)
        # An open server does not run the other services.
        return (api if api.open_server else self._other_paths).unfit(status, details)

    def _take(self, api, intake, request, now_us):
        """Store the points of an intake, unless a fault prevents it, and return the answer."""
        fault = self._faults.strike_request(intake.api or api.name, intake.points)
        try:
            answer = strikes.take(self._store, api, intake, fault, now_us)
        except sqlite3.OperationalError:
            return api.refusal(503)  # Locked by another program, or the disk is full.
        if not answer.status:
            self._cut(request.client.port)
        return answer

    def _respond(self, api, name, request, body, answer, now_us, sender):
        content, path = answer.content, request.scope["path"]
        self._store.log(now_us, name, request.method, path, answer.status, body, content, sender)
        if wait_s := answer.headers.get("retry-after"):
            self._store.pauses_us.append((now_us, now_us + int(wait_s) * 1_000_000))
        headers = {"date": formatdate(now_us / 1_000_000, usegmt=True), **answer.headers}
        if api.open_server:
            content, headers = finish(request, content, headers)
        kind = None if "content-type" in headers or not content else "application/json"
        # Status 0 means "cut before the answer": the client does not receive this answer.
        response = _LastResponse if "connection" in answer.headers else Response
        return response(content, answer.status or 500, headers, kind)


class _LastResponse(Response):
    """An answer that reads on from the client for a moment before the connection closes.

    Closing while a client is still sending would reset the connection, and the reset would
    overtake the answer.
    """

    async def __call__(self, scope, receive, send):
        headers = self.raw_headers
        await send({"type": "http.response.start", "status": self.status_code, "headers": headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": True})
        with suppress(TimeoutError):
            await asyncio.wait_for(_hear_out(receive), _LINGER_S)
        await send({"type": "http.response.body"})


async def _hear_out(receive):
    # Read until the client is gone, not only to the end of its body: uvicorn may have stopped
    # reading, and would then not notice that the client closes.
    while (await receive())["type"] != "http.disconnect":
        continue


async def _give_up(request, error):
    """End a request whose client disconnected before its body was complete."""
    return Response(status_code=400)


def _sender(api, request, body):
    """Return the device that a request names, or "" if it names none; `body` may be None."""
    body = body or b""
    try:
        # The body is not unpacked, because it could become far larger, and the sender's key may be
        # wrong.
        return whole_text(api.sender(request, body if len(body) <= _BODY_SIZE_MAX else b""))
    except ValueError:
        return ""


async def _read_body(request, size_max):
    """Return the unpacked body, or None if it is too large."""
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > size_max:
        return None
    pieces, size = [], 0
    async for piece in request.stream():
        size += len(piece)
        if size > size_max:
            return None
        pieces.append(piece)
    return unpacked(b"".join(pieces), request.headers.get("content-encoding", ""))
