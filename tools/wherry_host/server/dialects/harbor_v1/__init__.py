"""Telemetry Harbor's ingest API v1, the former name of Harbor Scale."""

from dataclasses import dataclass, field

from wherry_host.server.dialect import Dialect, new_key
from wherry_host.server.dialects.harbor.keys import HARBOR_ID
from wherry_host.server.dialects.harbor_v1.ingest import HarborV1


@dataclass
class Account:
    """One harbor and its key."""

    harbor_id: str = HARBOR_ID
    api_key: str = field(default_factory=new_key)

    def secrets(self):
        """Return the strings that must not be in a log."""
        return [self.api_key]

    def summary(self, url, profile):
        """Return the complete URL of a single point, and the harbor's key."""
        path = f"/ingest/{self.harbor_id}" if profile == "cloud" else ""
        return {"endpoint": f"{url}/api/v1/ingest{path}", "api_key": self.api_key}


def _section(summary, channels):
    return {"kind": "harbor", "label": "harbor-v1", **summary}


def _takes(uplink):
    return "/api/v1/" in uplink["endpoint"]


DIALECT = Dialect(
    "Telemetry Harbor v1", "harbor", (HarborV1.name,), Account, HarborV1, _section, _takes
)
