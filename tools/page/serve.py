"""Serving the page: NiceGUI in the event loop of the service, on a loopback port of its own.

NiceGUI keeps its state in its modules, so a process has one page at a time. It is imported in a
thread after the port listens: a browser that comes early waits in the port's queue.
"""

import asyncio
from contextlib import suppress
from pathlib import Path

import uvicorn

from .export import csv_pieces, file_name
from .feed import Feed

_TITLE = "wherry"
_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path d="M4 20h24l-4 7H8z'
    'M15 4v14H7z M17 8v10h8z" fill="#1f7ab8"/></svg>'
)
_RECONNECT_S = 3
_MESSAGES_MAX = 50
_STOP_TIMEOUT_S = 1
# A browser opens its socket at once; whatever else asks for the page never does.
SOCKET_TIMEOUT_S = 15
_HOSTS = ("127.0.0.1", "localhost")

_shown = None


class Page:
    """The page of one running service; `async with` it from within the service's loop.

    Raises RuntimeError while this process already serves another page.
    """

    def __init__(self, service, listening):
        """Serve on a bound socket; `service` is a `server.service.Service`."""
        self._socket = listening
        self._task = self._server = None
        self.feed = Feed(service)
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}/"

    async def __aenter__(self):
        global _shown
        if _shown is not None:
            self._socket.close()
            raise RuntimeError(f"this process already serves a page at {_shown.url}")
        _shown = self
        self._socket.listen()
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
            self._socket.close()
            _shown = None

    async def _end_server(self):
        # Before it has started, uvicorn would leave its application without a shutdown.
        while not (self._server.started or self._task.done()):
            await asyncio.sleep(0.005)
        self._server.should_exit = True

    async def _serve(self):
        app = await asyncio.to_thread(_application)
        self._server = _server(app)
        polling = asyncio.create_task(self.feed.run())
        try:
            await self._server.serve([self._socket])
        finally:
            self.feed.stop()
            await polling
            await _forget()


def _server(app):
    config = uvicorn.Config(
        app,
        log_config=None,
        log_level="error",
        access_log=False,
        lifespan="on",
        ws="websockets-sansio",
        timeout_graceful_shutdown=_STOP_TIMEOUT_S,
    )
    return uvicorn.Server(config)


def _application():
    """Return NiceGUI's application with our page in it; only the first call builds it."""
    from nicegui import app

    if not app.config.has_run_config:
        _set_up()
    return app


def _set_up():
    from fastapi import FastAPI
    from nicegui import Client, app, core, ui
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    from .view import View

    folder = Path(__file__).parent
    ui.add_css((folder / "page.css").read_text(), shared=True)
    ui.add_head_html(f"<script>{(folder / 'page.js').read_text()}</script>", shared=True)

    @ui.page("/", title=_TITLE, favicon=_ICON, dark=None, language="en-US")
    def build():
        Client.prune_instances(client_age_threshold=SOCKET_TIMEOUT_S)
        View(_shown.feed)

    @app.get("/export.csv")
    def export(api: str, device: str):
        return _export(api, device)

    # A foreign site's script must not get at the page by a name that leads to this address, nor
    # open its socket; None allows the page's own origin only.
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=_HOSTS, www_redirect=False)
    core.sio.eio.cors_allowed_origins = None

    # Nothing but the settings is wanted of this: NiceGUI's own application is served as it is.
    ui.run_with(
        FastAPI(),
        tailwind=False,
        binding_refresh_interval=None,
        reconnect_timeout=_RECONNECT_S,
        message_history_length=_MESSAGES_MAX,
        gzip_middleware_factory=None,
        show_welcome_message=False,
    )


def _export(api, name):
    """Return a download of a node's points."""
    from fastapi import HTTPException
    from fastapi.responses import StreamingResponse

    device = _shown.feed.fleet.get((api, name))
    if device is None:
        raise HTTPException(404, "no such node")
    headers = {"content-disposition": f'attachment; filename="{file_name(device)}"'}
    pieces = csv_pieces(_shown.feed.history, device)
    return StreamingResponse(pieces, media_type="text/csv", headers=headers)


async def _forget():
    """Drop what NiceGUI keeps of a loop that ends, so that a later service can have a page."""
    from nicegui import Client, core

    for client in list(Client.instances.values()):
        client.delete()
    sockets = core.sio.eio
    if sockets.service_task_handle is not None:
        await core.sio.shutdown()
    sockets.sockets.clear()
    sockets.start_service_task = True
    core.loop = None
