"""What a server's table holds of each of a node's uplinks, under the node's own names."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field

# Kinds of uplinks whose server stores a reading once, however often it comes: Harbor, v1 and v2.
# The others store, or show, each one that comes.
DEDUPLICATING = ("harbor",)
_QUERY = (
    "SELECT channel, time_us, value, copies, received_us FROM points"
    " WHERE api = ? AND device = ? ORDER BY time_us"
)


@dataclass
class Table:
    """One uplink's: `points` are (channel, time_us, value, copies, received_us).

    `takes(channel)` tells whether a channel's readings are the uplink's, `copies` how often the
    server was given a point again; `deduplicates` whether it then stores it once, as it should.
    `lost` are points that were taken out of it by hand.
    """

    label: str
    points: list
    takes: Callable = lambda channel: True
    deduplicates: bool = True
    lost: list = field(default_factory=list)

    def received_us(self):
        """Return when each point came first, rising."""
        first_us = {}
        for channel, time_us, _, _, received_us in self.lost + self.points:
            first_us.setdefault((channel, time_us), received_us)
        return sorted(first_us.values())


def takes(given):
    """Return a function that tells whether a channel's readings are an uplink's.

    `given` is the `selection` of its typed section: None, or [channels, names], where channels is
    "all", "sensors" or a list of names (docs/config.md).
    """
    channels = given[0] if given else "all"
    if channels == "sensors":
        return lambda channel: not channel.startswith("node_")
    return lambda channel: channels == "all" or channel in channels


def read_tables(path, service, typed):
    """Return the Table of each uplink of a typed configuration, in the database of a Service."""
    channels = [channel[0] for sensor in typed["sensor"] for channel in sensor["channels"]]
    with closing(sqlite3.connect(path)) as db:
        return [
            _read(db, service, typed["node"]["name"], channels, uplink)
            for uplink in typed["uplink"]
        ]


def _read(db, service, node, channels, uplink):
    api, device = place_of(service, node, uplink)
    given = uplink.get("selection")
    names = dict(given[1]) if given else {}
    # SensoCan's table has the slug, whichever of its two names a sensor was sent by.
    slugs = _slugs(service) if api == "sensocan" else {}
    own = {slugs.get(name, name): channel for channel, name in names.items()}
    points = [
        (own.get(channel, channel), *rest)
        for channel, *rest in db.execute(_QUERY, (api, device)).fetchall()
    ]
    return Table(uplink["label"], points, takes(given), uplink["kind"] in DEDUPLICATING)


def place_of(service, node, uplink):
    """Return under which api and device the server files what a node's uplink sends."""
    if uplink["kind"] == "sensocan":
        return "sensocan", uplink["device_uuid"]
    if uplink["kind"] == "here":
        known = service.accounts.here_devices().get(uplink["device_id"])
        return "here", known and known.tracking_id
    return "harbor_v1" if "/api/v1/" in uplink["endpoint"] else "harbor_v2", node


def _slugs(service):
    """Return {uuid: slug} of the sensors of all SensoCan devices."""
    return {
        uuid: slug
        for device in service.accounts.sensocan_devices().values()
        for uuid, slug in device.slugs.items()
    }
