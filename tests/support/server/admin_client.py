"""A client of a service's admin API, which refuses requests without its token."""

import httpx


def admin_client(service, **headers):
    """Return an httpx.Client that sends the token, for a `with`."""
    return httpx.Client(headers={"Authorization": f"Bearer {service.admin_token}", **headers})
