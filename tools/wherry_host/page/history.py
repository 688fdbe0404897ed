"""What the server has stored, read through a connection of its own that never holds up the writer.

The table has one index for the services that store what comes again as a reading of its own and
one for all others, each on part of the rows, so each question is asked in two forms; both seek,
and no answer costs a walk through the table. Times are Unix microseconds.
"""

import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from wherry_host.page import queries
from wherry_host.page.columns import Columns
from wherry_host.page.curve import COLUMNS_MIN, Curve, column_width_us, usual_spacing_us

NEWS_MAX = 10_000
# A curve of more points is reduced to columns, which are remembered.
COUNT_MAX = COLUMNS_MIN
# The distance of the samples of a reduced curve is taken at some places, each with a few samples.
_PLACES_COUNT = 25
_SAMPLES_COUNT = 9
_BUSY_TIMEOUT_S = 5
_TIME_MIN_US = -(1 << 63)


class Point(NamedTuple):
    """A stored value: when it was measured, and when the server had it."""

    time_us: int
    value: float
    received_us: int


class News(NamedTuple):
    """A point with its place: the API it came by, the device's name, the channel's name."""

    api: str
    device: str
    channel: str
    time_us: int
    value: float
    received_us: int


class History:
    """Reads a server's file, which may come later than this and have no table yet.

    Every method may be called in any thread, one runs at a time. They raise sqlite3.Error for a
    file that is no database. Close it before the server's Store: the last to close a file in WAL
    mode removes what SQLite keeps beside it, and a reader may not.
    """

    def __init__(self, path):
        """Nothing is opened before the first question."""
        self._path = Path(path)
        self._lock = threading.Lock()
        self._db = None
        self._tables = set()
        self._mark = None
        self._columns = Columns(lambda query, values: self._rows("points", query, values))

    def devices(self):
        """Return {(api, device): {channel: newest Point}}; `news` goes on from here."""
        found = {}
        with self._lock:
            self._mark = self._last_rowid()
            self._columns.clear()
            for query in queries.newest():
                for api, device, channel, *point in self._rows("points", query):
                    found.setdefault((api, device), {})[channel] = Point(*point)
        return found

    def news(self):
        """Return the News stored since the last call or since `devices`, in order of arrival.

        At most NEWS_MAX: the next call brings the rest. The first call of all brings nothing.
        """
        query = f"""SELECT rowid, api, device, channel, {queries.COLUMNS} FROM points
            WHERE rowid > ? ORDER BY rowid LIMIT {NEWS_MAX}"""
        with self._lock:
            if self._mark is None:
                self._mark = self._last_rowid()
                self._columns.clear()
            rows = self._rows("points", query, (self._mark,))
            if rows:
                self._mark = rows[-1][0]
            news = [News(*row[1:]) for row in rows]
            self._columns.forget(news)
        return news

    def curve(self, api, device, channel, from_us, to_us, count_max=COUNT_MAX):
        """Return the Curve of a channel between two times, both included.

        One of more than count_max points is reduced to the columns that these times touch. It is
        as the last call of `news` or `devices` has left the file, or newer.
        """
        where = queries.where(api)
        names = {"api": api, "device": device, "channel": channel}
        span = names | {"from_us": from_us, "to_us": to_us, "limit": count_max + 1}
        with self._lock:
            # Counted in the index alone, which is quicker than to read what is then not used.
            if len(self._rows("points", queries.counted(where), span)) > count_max:
                width_us = column_width_us(from_us, to_us)
                place = tuple(names.values())
                points = self._columns.points(place, where, from_us, to_us, width_us)
                return Curve(points, self._spacing_us(where, names, points), width_us)
            points = [Point(*row) for row in self._rows("points", queries.whole(where), span)]
        return Curve(points, usual_spacing_us([point.time_us for point in points]))

    def around(self, api, device, channel, from_us, to_us):
        """Return the nearest Points before and behind a span, a few each, in order of time."""
        names = {"api": api, "device": device, "channel": channel, "from": from_us, "to": to_us}
        sides = []
        with self._lock:
            for query in queries.around(api, _SAMPLES_COUNT):
                sides.append([Point(*row) for row in self._rows("points", query, names)])
        return sides[0][::-1], sides[1]

    def latest(self, api, device, channel, count):
        """Return the newest Points of a channel, the newest first."""
        query = f"""SELECT {queries.COLUMNS} FROM points WHERE {queries.where(api)}
            ORDER BY time_us DESC LIMIT :count"""
        names = {"api": api, "device": device, "channel": channel, "count": count}
        with self._lock:
            return [Point(*row) for row in self._rows("points", query, names)]

    def page(self, api, device, channel, after, count):
        """Return (time_us, rowid, value, received_us) of a channel behind such a place, or first.

        `after` is (time_us, rowid) of the last row of the page before.
        """
        query = f"""SELECT time_us, rowid, value, received_us FROM points
            WHERE {queries.where(api)} AND (time_us, rowid) > (:time_us, :rowid)
            ORDER BY time_us, rowid LIMIT :count"""
        time_us, rowid = after or (_TIME_MIN_US, 0)
        names = {"api": api, "device": device, "channel": channel, "count": count}
        with self._lock:
            rows = self._rows("points", query, {**names, "time_us": time_us, "rowid": rowid})
        return [tuple(row) for row in rows]

    def first_us(self, api, device, channel):
        """Return the time of a channel's oldest point, or None without any."""
        query = f"SELECT MIN(time_us) FROM points WHERE {queries.where(api)}"
        with self._lock:
            rows = self._rows("points", query, {"api": api, "device": device, "channel": channel})
        return rows[0][0] if rows else None

    def count(self):
        """Return how many points are stored in all; rows are never deleted."""
        with self._lock:
            return self._last_rowid()

    def requests(self, count, before_id=None):
        """Return the newest requests, or those before one, as dicts; the newest first."""
        query = "SELECT * FROM requests WHERE id < ? ORDER BY id DESC LIMIT ?"
        with self._lock:
            rows = self._rows("requests", query, (before_id or 1 << 62, count))
        return [dict(row) for row in rows]

    def close(self):
        """Close the file; the next question would open it again."""
        with self._lock:
            if self._db is not None:
                self._db.close()
                self._db = None
                self._tables.clear()

    def _spacing_us(self, where, names, points):
        """Return the usual distance of a channel's samples, by samples at places of its curve."""
        query = f"""SELECT time_us FROM points WHERE {where} AND time_us >= :begin_us
            ORDER BY time_us LIMIT {_SAMPLES_COUNT}"""
        step = max(1, len(points) // _PLACES_COUNT)
        places = [{**names, "begin_us": time_us} for time_us, _, _ in points[::step]]
        runs = [self._rows("points", query, place) for place in places]
        return usual_spacing_us(*([time_us for (time_us,) in run] for run in runs))

    def _last_rowid(self):
        rows = self._rows("points", "SELECT MAX(rowid) FROM points")
        return (rows[0][0] or 0) if rows else 0

    def _rows(self, table, query, values=()):
        """Return the rows of a query; none while there is no such file or table."""
        if not self._has(table):
            return []
        with closing(self._db.execute(query, values)) as cursor:
            return cursor.fetchall()

    def _has(self, table):
        if table in self._tables:
            return True
        if self._db is None and not self._open():
            return False
        query = "SELECT name FROM sqlite_master WHERE type = 'table'"
        self._tables = {name for (name,) in self._db.execute(query)}
        return table in self._tables

    def _open(self):
        if not self._path.exists():
            return False
        self._db = sqlite3.connect(
            f"file:{quote(str(self._path))}?mode=ro",
            uri=True,
            timeout=_BUSY_TIMEOUT_S,
            isolation_level=None,
            check_same_thread=False,
        )
        self._db.row_factory = sqlite3.Row
        return True
