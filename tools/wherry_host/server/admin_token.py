"""The token of the admin API: made anew at each start, in a file for its owner alone.

The file lies in the server's folder, where temporary files do, and is named after the port: so a
command of the same person finds it by the address, and no command line ever holds a token.
"""

import hmac
import os
import secrets
import stat
import tempfile
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import JSONResponse

from wherry_host.private import make_file

FOLDER_PREFIX = "wherry-server-"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_DETAIL = "give the admin token: Authorization: Bearer TOKEN; it stands in admin_token_file"


class WithToken:
    """Lets requests that bring the token through to an ASGI application, and no others."""

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
    """Make a token for the admin API on a port; return (token, path of its file)."""
    token = secrets.token_urlsafe(32)
    path = make_file(_path(folder, port))
    path.write_text(token)
    return token, path


def find_token(host, port):
    """Return the token of a server of this person's on this computer, None if there is none."""
    if host not in _LOOPBACK:
        return None
    folders = Path(tempfile.gettempdir()).glob(FOLDER_PREFIX + "*")
    paths = [_path(folder, port) for folder in folders if _is_own(folder, stat.S_ISDIR)]
    # A server that was killed leaves its file.
    own = [path for path in paths if _is_own(path, stat.S_ISREG)]
    newest = max(own, key=lambda path: path.stat().st_mtime_ns, default=None)
    return newest and newest.read_text()


def _path(folder, port):
    return Path(folder, f"admin-{port}")


def _is_own(path, is_kind):
    """Tell whether it is there, of this kind and this person's: others may write there as well."""
    try:
        found = path.lstat()
    except OSError:
        return False
    # Windows has no such number; its folder of temporary files is the person's own.
    is_ours = not hasattr(os, "getuid") or found.st_uid == os.getuid()
    return is_kind(found.st_mode) and is_ours
