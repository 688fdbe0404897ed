"""The token of a page that is reachable from the network: first in the URL, then in a cookie.

The first request has `?token=` and is redirected to the same page without it, so that the token
does not stay in the browser's history. The cookie's name includes the port, because cookies do not
distinguish ports.
"""

import hmac
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, RedirectResponse

_COOKIE = "wherry_page_%d"
_TEXT = "Open the address that wherry prints at its start: it has the token of this page.\n"


class WithToken:
    """Passes only requests and websockets with the token; `token()` returns it or None.

    An ASGI layer.
    """

    def __init__(self, app, token):
        self._app = app
        self._token = token

    async def __call__(self, scope, receive, send):
        app, token = self._app, self._token()
        if token and scope["type"] in ("http", "websocket"):
            name = _COOKIE % scope["server"][1]
            if _is(token, _in_query(scope)):
                app = _with_cookie(scope["path"], name, token)
            elif not _is(token, _in_cookie(scope, name)):
                app = PlainTextResponse(_TEXT, 401)
        await app(scope, receive, send)


def _is(token, given):
    return hmac.compare_digest(token.encode(), given.encode())


def _in_query(scope):
    query = parse_qs(scope["query_string"].decode("latin-1"))
    return query.get("token", [""])[0]


def _in_cookie(scope, name):
    try:
        cookies = SimpleCookie(Headers(scope=scope).get("cookie", ""))
    except CookieError:
        return ""
    return cookies[name].value if name in cookies else ""


def _with_cookie(path, name, token):
    # "Lax": a link in a message or a scanned code opens the page; a form on another site does not.
    answer = RedirectResponse(path, 303)
    answer.set_cookie(name, token, httponly=True, samesite="lax")
    return answer
