"""The behaviour of Fiber, the open-source Harbor servers' framework, around the handlers.

A path is used as it was sent: percent escapes are not decoded. Letter case and slashes at the end
are ignored. Browsers may post from one origin. Long answers are compressed for clients that accept
it.
"""

import re

from wherry_host.server.content_coding import packed
from wherry_host.server.dialect import Answer

#: The default of the servers' setting APP_URL.
ORIGIN = "http://localhost:8001"
PACKED_SIZE_MIN = 200
_METHODS = frozenset(
    ("CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE")
)
_SCHEME_AND_HOST = re.compile(r"\Ahttps?://[^/]*", re.IGNORECASE)
_ALLOWED = {
    "access-control-allow-origin": ORIGIN,
    "access-control-allow-credentials": "true",
}


class SentPaths:
    """An ASGI layer that routes paths as the open server does, if `is_open(path)` is true."""

    def __init__(self, app, is_open):
        self._app = app
        self._is_open = is_open

    async def __call__(self, scope, receive, send):
        sent = _SCHEME_AND_HOST.sub("", scope["raw_path"].decode("latin-1"))
        sent = sent.partition("#")[0] or "/"
        if self._is_open(sent):
            routed = sent.lower().rstrip("/") or "/"
            scope = {**scope, "path": routed, "sent_path": sent}
        await self._app(scope, receive, send)


def sent_path(request):
    """Return the path of a request as its client sent it."""
    return request.scope.get("sent_path", request.scope["path"])


def refuse_or_preflight(request):
    """Return the answer to an unknown method, or to a browser's preflight request.

    Return None if the request is neither.
    """
    if request.method not in _METHODS:
        return Answer(400, b"Invalid http method", {"content-type": "text/plain; charset=utf-8"})
    headers = request.headers
    if request.method != "OPTIONS" or not (
        headers.get("origin") and headers.get("access-control-request-method")
    ):
        return None
    reported = {
        "vary": "Access-Control-Request-Method, Access-Control-Request-Headers, Origin",
        "access-control-allow-methods": "POST,GET,OPTIONS",
        "access-control-allow-headers": "Origin,Content-Type,Accept,X-API-Key",
    }
    return Answer(204, None, reported)


def finish(request, content, headers):
    """Return an answer's (content, headers) as the framework sends them."""
    if "vary" not in headers:
        return content, headers  # It was refused before the framework saw a request.
    if request.headers.get("origin", "").lower() == ORIGIN:
        headers = {**headers, **_ALLOWED}
    if len(content) < PACKED_SIZE_MIN:
        return content, headers
    content, coding = packed(content, request.headers.get("accept-encoding", ""))
    if coding:
        reported = {"content-encoding": coding, "vary": headers["vary"] + ",Accept-Encoding"}
        headers = {**headers, **reported}
    return content, headers
