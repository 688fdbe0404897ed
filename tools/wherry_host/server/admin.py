"""The admin API: plain http on a separate loopback port, JSON in and out, protected by a token.

GET /admin shows everything · GET, PUT, POST, DELETE /admin/faults list, replace, add, clear · PUT
/admin/sntp and /admin/dns set switches · GET /admin/points counts points by channel · GET
/admin/requests lists requests, the newest first · DELETE /admin/connections cuts them · POST
/admin/shutdown stops the server.
"""

import json
from typing import Annotated

from fastapi import FastAPI, Query, Response
from fastapi.exceptions import RequestValidationError

from wherry_host.server.admin_token import WithToken
from wherry_host.server.dns import DnsSwitches
from wherry_host.server.faults import Fault
from wherry_host.server.loopback import OwnSiteOnly
from wherry_host.server.sntp import SntpSwitches
from wherry_host.server.store import REQUESTS_MAX


def admin_app(service, token):
    """Return the application for a service (see `service.Service`)."""
    app = FastAPI(title="wherry server admin", openapi_url=None, docs_url=None, redoc_url=None)
    app.add_exception_handler(RequestValidationError, _refuse)

    @app.get("/admin")
    async def show():
        return {
            **service.summary(),
            "faults": service.faults.all(),
            "sntp_switches": service.sntp_server.switches,
            "dns_switches": service.dns_server.switches,
            "account": count_points(service.store.channels()),
        }

    @app.get("/admin/faults")
    async def list_faults() -> list[Fault]:
        return service.faults.all()

    @app.put("/admin/faults")
    async def replace_faults(faults: list[Fault]) -> list[Fault]:
        await service.put_faults(faults)
        return service.faults.all()

    @app.post("/admin/faults")
    async def add_fault(fault: Fault) -> list[Fault]:
        return await replace_faults([*service.faults.all(), fault])

    @app.delete("/admin/faults")
    async def clear_faults() -> list[Fault]:
        return await replace_faults([])

    @app.put("/admin/sntp")
    async def switch_sntp(switches: SntpSwitches) -> SntpSwitches:
        service.sntp_server.switches = switches
        return switches

    @app.put("/admin/dns")
    async def switch_dns(switches: DnsSwitches) -> DnsSwitches:
        service.dns_server.switches = switches
        return switches

    @app.get("/admin/points")
    async def list_channels():
        channels = service.store.channels()
        return {**count_points(channels), "channels": channels}

    @app.get("/admin/requests")
    async def list_requests(count: Annotated[int, Query(ge=0, le=REQUESTS_MAX)] = 100):
        return service.store.requests(count)

    @app.delete("/admin/connections")
    async def cut_connections():
        service.proxy.cut()
        return {}

    @app.post("/admin/shutdown")
    async def shut_down():
        service.request_stop()
        return {}

    return OwnSiteOnly(WithToken(app, token))


async def _refuse(request, error):
    """Report the errors without the invalid values, which JSON may be unable to represent."""
    details = [{name: each[name] for name in ("type", "loc", "msg")} for each in error.errors()]
    return Response(json.dumps({"detail": details}), 422, media_type="application/json")


def count_points(channels):
    """Return the total numbers of points and of recognised copies over all channels."""
    return {name: sum(channel[name] for channel in channels) for name in ("points", "copies")}
