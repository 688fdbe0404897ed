"""Harbor Scale's ingest API v2, and its webhook for The Things Stack."""

from dataclasses import dataclass, field

from wherry_host.server.dialect import Dialect, new_key
from wherry_host.server.dialects.harbor import ttn
from wherry_host.server.dialects.harbor.ingest import Harbor
from wherry_host.server.dialects.harbor.keys import HARBOR_ID


@dataclass
class Account:
    """One harbor and its key."""

    harbor_id: str = HARBOR_ID
    api_key: str = field(default_factory=new_key)

    def secrets(self):
        """Return the strings that must not be in a log."""
        return [self.api_key]

    def summary(self, url, profile):
        """Return the complete URL of a single point, the harbor's id and its key."""
        path = f"/{self.harbor_id}" if profile == "cloud" else ""
        return {
            "endpoint": f"{url}/api/v2/ingest{path}",
            "harbor_id": self.harbor_id,
            "api_key": self.api_key,
        }


def _section(summary, channels):
    return {
        "kind": "harbor",
        "endpoint": summary["endpoint"],
        "api_key": summary["api_key"],
    }


def _takes(uplink):
    return "/api/v1/" not in uplink["endpoint"]


DIALECT = Dialect("Harbor v2", "harbor", (Harbor.name, ttn.API), Account, Harbor, _section, _takes)
