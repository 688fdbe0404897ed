"""The token of the admin API: created at each start, in a file that only its owner can read.

The file is in the server's folder, among the temporary files, and is named after the port. A
command of the same user finds the file by the address, so no command line ever holds a token.
"""

import hmac
import secrets
import stat
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import JSONResponse

from wherry_host.private import is_own, make_file
from wherry_host.temporary import folders

FOLDER_KIND = "server"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_DETAIL = "give the admin token: Authorization: Bearer TOKEN; it is in admin_token_file"


class WithToken:
    """ASGI layer that passes only requests with the token to an application."""

    def __init__(self, app, token):
        self._app = app
        self._wanted = f"Bearer {token}".encode()

    async def __call__(self, scope, receive, send):
        given = Headers(scope=scope).get("authorization", "").encode("latin-1")
        app = self._app
        if not hmac.compare_digest(given, self._wanted):
            app = JSONResponse({"detail": _DETAIL}, 401, {"www-authenticate": "Bearer"})
        await app(scope, receive, send)


def write_token(folder, port):
    """Create a token for the admin API on a port; return (token, path of its file)."""
    token = secrets.token_urlsafe(32)
    path = make_file(_path(folder, port))
    path.write_text(token)
    return token, path


def find_token(host, port):
    """Return the token of this user's server on this computer, or None if there is no server."""
    if host not in _LOOPBACK:
        return None
    own_folders = (each for each in folders(FOLDER_KIND) if is_own(each, stat.S_ISDIR))
    paths = (_path(folder, port) for folder in own_folders)
    # A killed server leaves its file behind.
    own = [path for path in paths if is_own(path, stat.S_ISREG)]
    newest = max(own, key=lambda path: path.stat().st_mtime_ns, default=None)
    return newest and newest.read_text()


def _path(folder, port):
    return Path(folder, f"admin-{port}")
