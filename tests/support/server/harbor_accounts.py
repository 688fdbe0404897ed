"""Accounts of both versions of Harbor with one key, as on the official server."""

from wherry_host.server.dialects import harbor, harbor_v1


def with_key(key):
    """Return the accounts for a Service."""
    return {
        "harbor": harbor.Account(api_key=key),
        "harbor_v1": harbor_v1.Account(api_key=key),
    }
