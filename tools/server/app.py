"""The server proper: takes requests for every dialect, applies faults, stores, answers, logs.

The way of a request: size check, body, the dialect's reader, fault, commit, answer. `Date` is
true time, which need not be the host's. Validation is plain Python in the dialects; FastAPI
gives routing only, since models a point would cost more than all the rest.
"""

import asyncio
import sqlite3
import zlib
from contextlib import suppress
from email.utils import formatdate
from functools import partial

from fastapi import FastAPI, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from .dialect import Answer, encode

# For paths of no dialect; each dialect has a limit of its own.
_BODY_SIZE_MAX = 4_194_304
_LINGER_S = 1.0


class Intakes:
    """Serves the dialects from one store; `cut(port)` ends the connection from a client port."""

    def __init__(self, store, faults, now_us, dialects, cut):
        self.app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
        self.app.router.redirect_slashes = False
        self.app.add_middleware(_AnyCase, prefixes=[each.any_case for each in dialects])
        self._store = store
        self._faults = faults
        self._now_us = now_us
        self._cut = cut
        self._dialects = dialects
        for dialect in dialects:
            for route in dialect.routes():
                serve = partial(self._serve, dialect, route.read)
                self.app.add_route(route.path, serve, methods=[route.method])
        self.app.add_exception_handler(HTTPException, self._serve_nothing)
        self.app.add_exception_handler(ClientDisconnect, _give_up)

    async def _serve(self, dialect, read, request):
        body = await _read_body(request, dialect.body_size_max)
        now_us = self._now_us()
        if body is None:
            answer = dialect.refusal(413)
        else:
            answer = read(request, body, now_us)
            if not isinstance(answer, Answer):
                answer = self._take(dialect, answer, request, now_us)
        return self._respond(dialect.api, request, body or b"", answer, now_us)

    async def _serve_nothing(self, request, error):
        path = request.scope["path"]
        # The first dialect answers where no other's paths begin so.
        near = [each for each in self._dialects if path.startswith(each.prefix)]
        dialect = near[0] if near else self._dialects[0]
        if error.status_code == 405:
            answer = dialect.method_not_allowed(error.headers["Allow"])
        else:
            answer = dialect.not_found(request.method, path)
        body = await _read_body(request, _BODY_SIZE_MAX)
        return self._respond("", request, body or b"", answer, self._now_us())

    def _take(self, dialect, intake, request, now_us):
        """Store what an intake brought, unless a fault has it otherwise, and return the answer."""
        api = intake.api or dialect.api
        points = intake.points
        try:
            return self._take_struck(dialect, intake, api, points, request, now_us)
        except sqlite3.OperationalError:
            return dialect.refusal(503)  # Locked by another program, or the disk is full.

    def _take_struck(self, dialect, intake, api, points, request, now_us):
        fault = self._faults.strike_request(api, points)
        if fault is None:
            self._store.add(api, points, now_us, intake.items)
        elif fault.kind in ("status", "poison"):
            return _refusal(dialect, fault)
        elif fault.kind == "short":
            points = _without(points, fault)
            self._store.add(api, points, now_us, intake.items)
        elif fault.kind == "drop":
            self._store.add(api, points, now_us, intake.items)
            self._cut(request.client.port)
            return Answer(0)
        return intake.accept(len(points))

    def _respond(self, api, request, body, answer, now_us):
        content = b"" if answer.body is None else encode(answer.body)
        self._store.log(
            now_us, api, request.method, request.scope["path"], answer.status, body, content
        )
        headers = {"date": formatdate(now_us / 1_000_000, usegmt=True), **answer.headers}
        kind = None if answer.body is None else "application/json"
        # Status 0 stands for "cut before the answer": nobody hears this one any more.
        response = _LastResponse if "connection" in answer.headers else Response
        return response(content, answer.status or 500, headers, kind)


class _AnyCase:
    """Takes paths in any letter case below some prefixes ("": no path)."""

    def __init__(self, app, prefixes):
        self._app = app
        self._prefixes = tuple(prefix for prefix in prefixes if prefix)

    async def __call__(self, scope, receive, send):
        path = scope.get("path", "").lower()
        if self._prefixes and path.startswith(self._prefixes):
            scope = {**scope, "path": path}
        await self._app(scope, receive, send)


class _LastResponse(Response):
    """An answer before the connection closes; it hears the client out for a moment first.

    Closing on a client that still sends would reset the connection, and the reset overtakes the
    answer.
    """

    async def __call__(self, scope, receive, send):
        headers = self.raw_headers
        await send({"type": "http.response.start", "status": self.status_code, "headers": headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": True})
        with suppress(TimeoutError):
            await asyncio.wait_for(_hear_out(receive), _LINGER_S)
        await send({"type": "http.response.body"})


async def _hear_out(receive):
    # Until the client is gone, not only to the end of its body: uvicorn may have stopped reading
    # by then, and would not notice that the other side closes.
    while (await receive())["type"] != "http.disconnect":
        continue


async def _give_up(request, error):
    """End a request whose client went away before its body was whole."""
    return Response(status_code=400)


def _refusal(dialect, fault):
    answer = dialect.refusal(400 if fault.kind == "poison" else fault.status)
    if fault.retry_after_s is not None:
        answer.headers["retry-after"] = str(fault.retry_after_s)
    if 300 <= answer.status < 400:
        answer.headers["location"] = fault.location
    return answer


def _without(points, fault):
    if fault.channel is None:
        return points[:-1]
    return [point for point in points if not fault.singles_out(point)]


async def _read_body(request, size_max):
    """Return the body, unpacked if it is gzip, or None if it is too large."""
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > size_max:
        return None
    pieces, size = [], 0
    async for piece in request.stream():
        size += len(piece)
        if size > size_max:
            return None
        pieces.append(piece)
    body = b"".join(pieces)
    if request.headers.get("content-encoding", "").lower() == "gzip":
        return _unpack(body, size_max)
    return body


def _unpack(body, size_max):
    """Return the unpacked bytes, None if they are too many, and bad gzip as it came."""
    unpacker = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    try:
        unpacked = unpacker.decompress(body, size_max + 1)
    except zlib.error:
        return body
    return None if len(unpacked) > size_max else unpacked
