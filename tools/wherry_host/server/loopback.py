"""Restrict a server to programs and pages that use its own address.

A browser also runs scripts from other sites. Such a script may reach a port on loopback or in the
network through a name of its own site that resolves to that address, so `Host` is checked. It may
also send a form across sites, so `Origin` is checked.
"""

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse

_NAMES = ("127.0.0.1", "localhost", "[::1]")
_HTTP_PORT = 80


class OwnSiteOnly:
    """Refuses requests and websockets that name another host or port, or come from another site.

    An ASGI layer. The allowed port is the port that received the request. `addresses()` returns
    the addresses of this computer, apart from loopback, that a request may name.
    """

    def __init__(self, app, addresses=tuple):
        self._app = app
        self._addresses = addresses

    async def __call__(self, scope, receive, send):
        refused = scope["type"] in ("http", "websocket") and _refusal(scope, self._addresses())
        await (refused or self._app)(scope, receive, send)


def _refusal(scope, addresses):
    """Return the answer to a request from another site, or None if the request may pass."""
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
