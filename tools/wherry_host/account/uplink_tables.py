"""Read a server's table of each uplink of a node, under the node's own channel names."""

import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field

from wherry_host.server.dialect import IGNORED
from wherry_host.server.dialects import tables

_QUERY = (
    "SELECT channel, time_us, value, copies, received_us FROM points"
    " WHERE api = ? AND device = ? ORDER BY time_us"
)
_REFUSALS = (
    "SELECT channel, time_us, status, count FROM refusals WHERE api = ? AND device = ? ORDER BY id"
)
# The statuses of docs/design/sending.md, "Verdicts", that set a single reading aside. A server
# error sets a reading aside if the server fails on it before and after it accepts the next
# reading.
_REJECTED, _FAILURES_MIN = (400, 413, 422), 2


@dataclass
class Table:
    """The table of one uplink: `points` are (channel, time_us, value, copies, received_us).

    `takes(channel)` is true if the uplink takes a channel's readings. `copies` counts how often
    the server received a point again; `deduplicates` is true if the server should store such a
    point only once. `lost` are points that were removed by hand. `refused` are the (channel,
    time_us) that a node may set aside; see `refused_in`. `api` is the name under which the server
    logs its requests.
    """

    label: str
    points: list
    takes: Callable = lambda channel: True
    deduplicates: bool = True
    lost: list = field(default_factory=list)
    refused: set = field(default_factory=set)
    api: str = ""

    def received_us(self):
        """Return the sorted times at which the points first came."""
        first_us = {}
        for channel, time_us, _, _, received_us in self.lost + self.points:
            known_us = first_us.get((channel, time_us), received_us)
            first_us[channel, time_us] = min(known_us, received_us)
        return sorted(first_us.values())


def takes(given):
    """Return a function that returns True if an uplink takes a channel's readings.

    `given` is the `selection` of its typed section: None, or [channels, names], where channels is
    "all", "sensors" or a list of names (docs/config.md).
    """
    channels = given[0] if given else "all"
    if channels == "sensors":
        return lambda channel: not channel.startswith("node_")
    return lambda channel: channels == "all" or channel in channels


def read_tables(path, service, typed):
    """Return the Table of each uplink of a typed configuration from the database of a Service."""
    with closing(sqlite3.connect(path)) as db:
        return [_read(db, service, typed["node"]["name"], uplink) for uplink in typed["uplink"]]


def _read(db, service, node, uplink):
    def rows(query):
        return lambda place: db.execute(query, place).fetchall()

    return table_of(service, node, uplink, rows(_QUERY), rows(_REFUSALS))


def table_of(service, node, uplink, points, refusals):
    """Return the Table of a typed uplink of the node with this name.

    `service` has the `accounts`. `points` and `refusals` are functions of the place of the
    uplink's readings, see `place_of`: they return the points in order of time, as in a Table, and
    the refusals, as in `refused_in`, under the channels' names at the server.
    """
    dialect = dialect_of(uplink)[1]
    own = own_names(service, uplink)
    place, deduplicates = place_of(service, node, uplink), dialect.on_repeat == IGNORED

    def renamed(rows):
        return [(own.get(channel, channel), *rest) for channel, *rest in rows]

    return Table(
        uplink["label"],
        renamed(points(place)),
        takes(uplink.get("selection")),
        deduplicates,
        refused=refused_in(renamed(refusals(place)), deduplicates),
        api=place[0],
    )


def refused_in(refusals, deduplicates):
    """Return the `refused` of a Table for refusals (channel, time_us, status, count).

    The request must hold one reading. If the server accepted a part of a request and does not
    deduplicate, none of its readings is sent again, so all of them count.
    """
    failures = Counter()
    refused = set()
    for channel, time_us, status, count in refusals:
        if count == 1 and status >= 500:
            failures[channel, time_us] += 1
        elif (count == 1 or not deduplicates) and (status in _REJECTED or status < 300):
            refused.add((channel, time_us))
    return refused | {place for place, times in failures.items() if times >= _FAILURES_MIN}


def own_names(service, uplink):
    """Return {name at the server: channel of the node} of the channels that an uplink renames."""
    name, dialect = dialect_of(uplink)
    given = uplink.get("selection")
    names = dict(given[1]) if given else {}
    renamed = dialect.renamed(service.accounts[name])
    return {renamed.get(sent, sent): channel for channel, sent in names.items()}


def place_of(service, node, uplink):
    """Return the api and the device under which the server stores an uplink's readings."""
    name, dialect = dialect_of(uplink)
    return dialect.apis[0], dialect.device(uplink, node, service.accounts[name])


def dialect_of(uplink):
    """Return (name, Dialect) of the dialect that a typed uplink uses."""
    return next((name, each) for name, each in tables().items() if each.speaks(uplink))
