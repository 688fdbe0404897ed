"""The uvicorn servers of the API, the admin API and the page, run in the service's own loop."""

import asyncio
from functools import partial

import uvicorn

from wherry_host.server.http_heads import Heads

REQUEST_TIMEOUT_S = 60
_KEEP_ALIVE_S = 75


def http_server(app, protocol=Heads, request_timeout_s=REQUEST_TIMEOUT_S, **options):
    """Return a uvicorn server for an ASGI application; `options` are uvicorn's own.

    `protocol` creates the Heads of a connection from keyword arguments.
    """
    config = uvicorn.Config(
        app,
        log_config=None,
        log_level="error",
        access_log=False,
        http=partial(protocol, timeout_s=request_timeout_s),
        **{**_PLAIN, **options},
    )
    return uvicorn.Server(config)


# uvicorn's Date and Server headers are off, because true time is not the host's time.
_PLAIN = {
    "server_header": False,
    "date_header": False,
    "lifespan": "off",
    "ws": "none",
    "timeout_keep_alive": _KEEP_ALIVE_S,
    "timeout_graceful_shutdown": 1,
}


async def all_started(servers, tasks):
    """Wait until all servers run; if a server ends first, raise its exception."""
    while not all(server.started for server in servers):
        for task in tasks:
            if task.done():
                task.result()
        await asyncio.sleep(0.005)
