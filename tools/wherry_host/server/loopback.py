"""Who may ask a server: programs and pages that call it by its own address.

A browser runs foreign scripts too. One reaches a port of loopback or of the network by a name of
its own that leads there (so `Host` is checked), or by a form that it sends across sites (so
`Origin` is).
"""

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse

_NAMES = ("127.0.0.1", "localhost", "[::1]")
_HTTP_PORT = 80


class OwnSiteOnly:
    """Refuses requests and websockets that name another host or port, or come from another site.

    ASGI; the port is the one that the request has come in by. `addresses()` returns those of this
    computer that may be named, apart from those of loopback.
    """

    def __init__(self, app, addresses=tuple):
        self._app = app
        self._addresses = addresses

    async def __call__(self, scope, receive, send):
        refused = scope["type"] in ("http", "websocket") and _refusal(scope, self._addresses())
        await (refused or self._app)(scope, receive, send)


def _refusal(scope, addresses):
    """Return the answer to a request from elsewhere, None for one that may pass."""
    headers = Headers(scope=scope)
    port = scope["server"][1]
    hosts, origins = headers.getlist("host"), headers.getlist("origin")
    if len(hosts) != 1 or hosts[0].lower() not in _hosts(port, addresses):
        names = " and ".join(f"http://{name}:{port}" for name in (_NAMES[0], *addresses))
        text = f"This server answers at {names} and at no other name.\n"
        return PlainTextResponse(text, 421)
    if any(origin.lower() != f"http://{hosts[0].lower()}" for origin in origins):
        return PlainTextResponse("This server takes no requests of other sites.\n", 403)
    return None


def _hosts(port, addresses):
    """Return what `Host` may say; a browser leaves the port of plain http out."""
    names = *_NAMES, *addresses
    bare = names if port == _HTTP_PORT else ()
    return {*bare, *(f"{name}:{port}" for name in names)}
