"""Serve the page with NiceGUI, in the service's event loop and on a separate port.

NiceGUI keeps its state in its modules, so a process has at most one page at a time. It is imported
in a thread after the port listens: a browser that connects early waits in the port's queue.
"""

import asyncio
from contextlib import suppress
from pathlib import Path

from starlette.datastructures import MutableHeaders

from wherry_host.page.export import csv_pieces, file_name
from wherry_host.page.feed import Feed
from wherry_host.page.token import WithToken
from wherry_host.server.listening import LOOPBACK
from wherry_host.server.loopback import OwnSiteOnly
from wherry_host.server.web import http_server

_TITLE = "wherry"
_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path d="M4 20h24l-4 7H8z'
    'M15 4v14H7z M17 8v10h8z" fill="#1f7ab8"/></svg>'
)
# The other scripts need the first one.
_SCRIPTS = ("page.js", "times.js", "crosshair.js", "zoom.js")
# A page whose browser is gone for longer is dropped, and a browser that comes back later loads it
# again. NiceGUI waits 0.4 of this time, at least 2 s, for the answer to a ping.
_RECONNECT_S = 12
_MESSAGES_MAX = 50
# A browser opens its websocket immediately; other clients never do.
SOCKET_TIMEOUT_S = 15
# The page fetches nothing from other sites, sends nothing there and is not shown in a frame. Vue
# compiles its templates to functions, and the code that starts NiceGUI is inline.
_POLICY = {
    "default-src": "'self'",
    "script-src": "'self' 'unsafe-inline' 'unsafe-eval'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data:",
    "font-src": "'self' data:",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
}
_HEADERS = {
    "content-security-policy": "; ".join(" ".join(pair) for pair in _POLICY.items()),
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}

_shown = None


class Page:
    """The page of one running service; use it by `async with` in the service's loop.

    Raises RuntimeError if this process already serves another page.
    """

    def __init__(self, service, sockets):
        """Prepare to serve on bound sockets of one port; `service` is a `server.service.Service`.

        If the service has addresses in a network, the page has a token, which is in its `url`.
        """
        self._sockets = sockets
        self._task = self._server = None
        self.feed = Feed(service)
        self.addresses, self.token = service.addresses, service.page_token
        host = self.addresses[0] if self.addresses else LOOPBACK
        self.url = f"http://{host}:{sockets[0].getsockname()[1]}/"
        if self.token:
            self.url += f"?token={self.token}"

    async def __aenter__(self):
        global _shown
        if _shown is not None:
            self._close()
            raise RuntimeError(f"this process already serves a page at {_shown.url}")
        _shown = self
        for each in self._sockets:
            each.listen()
        self._task = asyncio.create_task(self._serve())
        return self

    async def __aexit__(self, *exception):
        global _shown
        try:
            if self._server is None:
                self._task.cancel()
            else:
                await self._end_server()
            with suppress(asyncio.CancelledError):
                await self._task
        finally:
            self._close()
            _shown = None

    def _close(self):
        for each in self._sockets:
            each.close()

    async def _end_server(self):
        # If uvicorn were stopped before it has started, it would not shut down its application.
        while not (self._server.started or self._task.done()):
            await asyncio.sleep(0.005)
        self._server.should_exit = True

    async def _serve(self):
        app = await asyncio.to_thread(_application)
        self._server = http_server(app, lifespan="on", ws="websockets-sansio")
        polling = asyncio.create_task(self.feed.run())
        try:
            await self._server.serve(self._sockets)
        finally:
            self.feed.stop()
            await polling
            await _forget()


def _application():
    """Return NiceGUI's application with the page in it; only the first call builds it."""
    from nicegui import app

    if not app.config.has_run_config:
        _set_up()
    return app


def _set_up():
    from fastapi import FastAPI
    from nicegui import Client, app, ui

    from wherry_host.page.view import View

    folder = Path(__file__).parent
    ui.add_css((folder / "page.css").read_text(), shared=True)
    for name in _SCRIPTS:
        ui.add_head_html(f"<script>{(folder / name).read_text()}</script>", shared=True)

    @ui.page("/", title=_TITLE, favicon=_ICON, dark=None, language="en-US")
    def build():
        Client.prune_instances(client_age_threshold=SOCKET_TIMEOUT_S)
        View(_shown.feed)

    @app.get("/export.csv")
    def export(api: str, device: str):
        return _export(api, device)

    app.add_middleware(_WithHeaders)
    # The middleware added last is called first.
    app.add_middleware(WithToken, token=lambda: _shown.token)
    app.add_middleware(OwnSiteOnly, addresses=lambda: _shown.addresses)

    # Only the settings of this call matter; the application served is NiceGUI's own.
    ui.run_with(
        FastAPI(),
        tailwind=False,
        binding_refresh_interval=None,
        reconnect_timeout=_RECONNECT_S,
        message_history_length=_MESSAGES_MAX,
        gzip_middleware_factory=None,
        show_welcome_message=False,
    )


class _WithHeaders:
    """A wrapper that adds the headers to each answer of an ASGI application."""

    def __init__(self, app):
        self._app = app

    async def __call__(self, scope, receive, send):
        async def send_more(message):
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        await self._app(scope, receive, send_more)


def _export(api, name):
    """Return a download of a node's points."""
    from fastapi import HTTPException
    from fastapi.responses import StreamingResponse

    device = _shown.feed.fleet.devices.get((api, name))
    if device is None:
        raise HTTPException(404, "no such node")
    headers = {"content-disposition": f'attachment; filename="{file_name(device)}"'}
    pieces = csv_pieces(_shown.feed.history, device)
    return StreamingResponse(pieces, media_type="text/csv", headers=headers)


async def _forget():
    """Drop NiceGUI's state of the ended loop, so that a later service can have a page."""
    from nicegui import Client, core

    for client in list(Client.instances.values()):
        client.delete()
    sockets = core.sio.eio
    if sockets.service_task_handle is not None:
        await core.sio.shutdown()
    sockets.sockets.clear()
    sockets.start_service_task = True
    core.loop = None
