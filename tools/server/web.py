"""The uvicorn servers of the API and of the admin page, run inside the service's own loop."""

import asyncio

import uvicorn

_KEEP_ALIVE_S = 75


def http_server(app, **tls):
    """Return a uvicorn server for an ASGI application; `tls` are uvicorn's own options."""
    # Date and Server headers are ours: true time is not the host's.
    config = uvicorn.Config(
        app,
        log_config=None,
        log_level="error",
        access_log=False,
        server_header=False,
        date_header=False,
        lifespan="off",
        ws="none",
        http="h11",
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=1,
        **tls,
    )
    return uvicorn.Server(config)


async def all_started(servers, tasks):
    """Wait until all servers run; a server that ends first raises what ended it."""
    while not all(server.started for server in servers):
        for task in tasks:
            if task.done():
                task.result()
        await asyncio.sleep(0.005)
