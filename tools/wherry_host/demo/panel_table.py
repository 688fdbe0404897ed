"""Count the points of one device in a server's table, starting where the last look ended."""

import sqlite3
from contextlib import closing
from pathlib import Path

_NEWS = (
    "SELECT rowid, channel, time_us, value FROM points WHERE rowid > ? AND device = ? AND api = ?"
)
_TWICE_US = 20_000


class Table:
    """The points of one device that came to the server's table since this object was created.

    Two points with the same value at almost the same time are one reading stored twice.
    """

    def __init__(self, db, api, device):
        self._place = f"{Path(db).absolute().as_uri()}?mode=rw"
        self._sender = device, api
        self._last = {}
        self._reported = {}
        self.delivered = self.twice = 0
        ((self._seen,),) = self._ask("SELECT IFNULL(MAX(rowid), 0) FROM points")

    set_aside = property(lambda self: int(self._reported.get("node_set_aside", 0)))
    dropped = property(lambda self: int(self._reported.get("node_dropped", 0)))

    def _ask(self, query, *values):
        # The connection is closed after each query, because an open one keeps the server from
        # removing its files.
        with closing(sqlite3.connect(self._place, uri=True)) as db:
            return db.execute(query, values).fetchall()

    def look(self):
        """Count the points that came since the last look."""
        for number, channel, time_us, value in self._ask(_NEWS, self._seen, *self._sender):
            self._seen = number
            last_us, last = self._last.get(channel, (0, None))
            self.twice += value == last and abs(time_us - last_us) < _TWICE_US
            self._last[channel] = time_us, value
            self.delivered += 1
            if channel.startswith("node_"):
                self._reported[channel] = value
