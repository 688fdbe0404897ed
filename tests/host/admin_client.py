"""A client of a service's admin API, which takes nothing without its token."""

import httpx


def admin_client(service, **headers):
    """Return an httpx.Client that brings the token, for a `with`."""
    return httpx.Client(headers={"Authorization": f"Bearer {service.admin_token}", **headers})
