"""Restrict a server to programs and pages that call it by its own address.

A browser also runs foreign scripts. A script may reach a port of loopback or of the network by its
own name that resolves to it, so `Host` is checked. It may also send a form across sites, so
`Origin` is checked.
"""

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse

_NAMES = ("127.0.0.1", "localhost", "[::1]")
_HTTP_PORT = 80


class OwnSiteOnly:
    """Refuses requests and websockets that name another host or port, or come from another site.

    ASGI; the port is the one at which the request came in. `addresses()` returns the addresses of
    this computer that may be named, apart from loopback.
    """

    def __init__(self, app, addresses=tuple):
        self._app = app
        self._addresses = addresses

    async def __call__(self, scope, receive, send):
        refused = scope["type"] in ("http", "websocket") and _refusal(scope, self._addresses())
        await (refused or self._app)(scope, receive, send)


def _refusal(scope, addresses):
    """Return the answer to a request from elsewhere, or None if the request may pass."""
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
    """Return the allowed values of `Host`; a browser omits the port of plain http."""
    names = *_NAMES, *addresses
    bare = names if port == _HTTP_PORT else ()
    return {*bare, *(f"{name}:{port}" for name in names)}
