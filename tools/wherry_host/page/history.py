"""The data stored by the server, read through a separate connection that never blocks the writer.

The table has two partial indexes: one for the services that store a repeated reading separately,
and one for all other services. So each query has two forms. Both forms seek; no query scans the
table. Times are Unix microseconds.
"""

from typing import NamedTuple

from wherry_host.page import queries
from wherry_host.page.columns import Columns
from wherry_host.page.curve import COLUMNS_MIN, Curve, column_width_us, usual_spacing_us
from wherry_host.page.reader import Reader

NEWS_MAX = 10_000
# A curve with more points is reduced to columns, which are cached.
COUNT_MAX = COLUMNS_MIN
# The spacing of a reduced curve's samples is measured at this many places, with a few samples at
# each.
_PLACES_COUNT = 25
_SAMPLES_COUNT = 9
_TIME_MIN_US = -(1 << 63)


class Point(NamedTuple):
    """A stored value: when it was measured, and when the server received it."""

    time_us: int
    value: float
    received_us: int


class News(NamedTuple):
    """A point with its place: the API, the device's name and the channel's name."""

    api: str
    device: str
    channel: str
    time_us: int
    value: float
    received_us: int


class History(Reader):
    """A reader of the server's file, which may be created later and may lack a table.

    Every method may be called in any thread; one method runs at a time. Methods raise
    sqlite3.Error if the file is not a database.
    """

    def __init__(self, path):
        """Store the path; the file is opened at the first query."""
        super().__init__(path)
        self._mark = None
        self._columns = Columns(lambda query, values: self._rows("points", query, values))

    def devices(self):
        """Return {(api, device): {channel: newest Point}}; `news` continues from here."""
        found = {}
        with self._lock:
            self._mark = self._last_rowid()
            self._columns.clear()
            for query in queries.newest():
                for api, device, channel, *point in self._rows("points", query):
                    found.setdefault((api, device), {})[channel] = Point(*point)
        return found

    def news(self):
        """Return the News stored since the last call of `news` or `devices`, in order of arrival.

        At most NEWS_MAX are returned; the next call returns the rest. The very first call returns
        none.
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
        """Return the Curve of a channel between two times, inclusive.

        A curve of more than count_max points is reduced to the columns that the span touches. The
        data is at least as new as the last call of `news` or `devices`.
        """
        where = queries.where(api)
        names = {"api": api, "device": device, "channel": channel}
        span = names | {"from_us": from_us, "to_us": to_us, "limit": count_max + 1}
        with self._lock:
            # Counting in the index alone is faster than reading rows that are not used afterwards.
            if len(self._rows("points", queries.counted(where), span)) > count_max:
                width_us = column_width_us(from_us, to_us)
                place = tuple(names.values())
                points = self._columns.points(place, where, from_us, to_us, width_us)
                return Curve(points, self._spacing_us(where, names, points), width_us)
            points = [Point(*row) for row in self._rows("points", queries.whole(where), span)]
        return Curve(points, usual_spacing_us([point.time_us for point in points]))

    def around(self, api, device, channel, from_us, to_us):
        """Return a few of the nearest Points on each side of a span, in order of time."""
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
        """Return (time_us, rowid, value, received_us) rows of a channel after a place, or from the
        first.

        `after` is (time_us, rowid) of the last row of the previous page.
        """
        query = f"""SELECT time_us, rowid, value, received_us FROM points
            WHERE {queries.where(api)} AND (time_us, rowid) > (:time_us, :rowid)
            ORDER BY time_us, rowid LIMIT :count"""
        time_us, rowid = after or (_TIME_MIN_US, 0)
        names = {"api": api, "device": device, "channel": channel, "count": count}
        with self._lock:
            rows = self._rows("points", query, {**names, "time_us": time_us, "rowid": rowid})
        return [tuple(row) for row in rows]

    def stored_since(self, api, device, channels, until_us, since_us, count_max):
        """Return the number of points measured up to `until_us` that arrived after `since_us`.

        Only the newest `count_max` points of each channel up to `until_us` are counted.
        """
        query = queries.stored_since(api)
        names = {"api": api, "device": device, "until_us": until_us, "since_us": since_us}
        names["limit"] = count_max
        with self._lock:
            return sum(
                self._rows("points", query, {**names, "channel": channel})[0][0]
                for channel in channels
            )

    def first_us(self, api, device, channel):
        """Return the time of a channel's oldest point, or None if it has no points."""
        query = f"SELECT MIN(time_us) FROM points WHERE {queries.where(api)}"
        with self._lock:
            rows = self._rows("points", query, {"api": api, "device": device, "channel": channel})
        return rows[0][0] if rows else None

    def count(self):
        """Return the number of all points stored; rows are never deleted."""
        with self._lock:
            return self._last_rowid()

    def requests(self, count, place=None):
        """Return the newest requests as dicts, the newest first.

        A place (api, device) limits them to requests from the device or from an unknown sender,
        whose `device` is "". An api of "" matches every api.
        """
        query = f"""SELECT * FROM requests WHERE {queries.SENT_BY if place else 1}
            ORDER BY id DESC LIMIT :count"""
        with self._lock:
            rows = self._rows("requests", query, _names(place) | {"count": count})
        return [dict(row) for row in rows]

    def refused(self, place):
        """Return (received_us, status) of a device's failed requests, the oldest first.

        The status is 400 or more, or 0 if the answer was cut. `place` is (api, device).
        """
        query = f"""SELECT received_us, status FROM requests WHERE {queries.SENT_BY}
            AND device <> '' AND (status = 0 OR status >= 400) ORDER BY id"""
        with self._lock:
            return [tuple(row) for row in self._rows("requests", query, _names(place))]

    def set_aside(self, place, count):
        """Return the set-aside readings of a device (api, device), the newest refusal first.

        The server refused each of these readings alone and has not stored it since. Each is a dict
        with time_us, channel, status, reason and received_us.
        """
        query = f"""SELECT time_us, channel, status, reason, received_us
            FROM refusals {queries.set_aside(place[0])} ORDER BY id DESC LIMIT :count"""
        with self._lock:
            rows = self._rows("refusals", query, _names(place) | {"count": count})
        return [dict(row) for row in rows]

    def set_aside_count(self, place):
        """Return the number of set-aside readings of a device (api, device); see `set_aside`."""
        query = f"SELECT COUNT(*) FROM refusals {queries.set_aside(place[0])}"
        with self._lock:
            rows = self._rows("refusals", query, _names(place))
        return rows[0][0] if rows else 0

    def _spacing_us(self, where, names, points):
        """Return the usual spacing of a channel's samples, measured in several places."""
        query = f"""SELECT time_us FROM points WHERE {where} AND time_us >= :begin_us
            ORDER BY time_us LIMIT {_SAMPLES_COUNT}"""
        step = max(1, len(points) // _PLACES_COUNT)
        places = [{**names, "begin_us": time_us} for time_us, _, _ in points[::step]]
        runs = [self._rows("points", query, place) for place in places]
        return usual_spacing_us(*([time_us for (time_us,) in run] for run in runs))

    def _last_rowid(self):
        rows = self._rows("points", "SELECT MAX(rowid) FROM points")
        return (rows[0][0] or 0) if rows else 0


def _names(place):
    api, device = place or ("", "")
    return {"api": api, "device": device, "logged": queries.logged_api(api)}
