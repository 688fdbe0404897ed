"""InfluxDB's write endpoint, as version 1.8 documents it."""

from dataclasses import dataclass, field

from wherry_host.server.dialect import Dialect, new_key
from wherry_host.server.dialects.influx.write import DATABASE, Influx


@dataclass
class Account:
    """One database and a token that may write to it."""

    token: str = field(default_factory=new_key)

    def secrets(self):
        """Return the strings that must not be in a log."""
        return [self.token]

    def summary(self, url, profile):
        """Return the server's address, the database and its token."""
        return {"endpoint": url, "database": DATABASE, "token": self.token}


def _section(summary, channels):
    return {"kind": "influx", **summary}


DIALECT = Dialect("InfluxDB", "influx", (Influx.name,), Account, Influx, _section)
