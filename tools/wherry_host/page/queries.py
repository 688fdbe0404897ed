"""The queries of `history.History`, each worded as an index of the table is, so that it seeks."""

from wherry_host.server.store import repeated_apis

COLUMNS = "time_us, value, received_us"
_IN_SPAN = "time_us BETWEEN :from_us AND :to_us"

# From the end of an index backwards, each seek lands on the newest point of the channel before.
_NEWEST = """
WITH RECURSIVE newest(id) AS (
  SELECT (SELECT rowid FROM points WHERE {part} ORDER BY {backwards} LIMIT 1)
  UNION ALL
  SELECT COALESCE({seeks}) FROM newest JOIN points AS after ON after.rowid = newest.id)
SELECT api, device, channel, time_us, value, received_us
FROM newest JOIN points ON points.rowid = newest.id"""
_SEEK = "(SELECT rowid FROM points WHERE {part} AND {before} ORDER BY {backwards} LIMIT 1)"


def where(api):
    """Return the condition for one channel, worded as the index of its part of the rows is."""
    apis = repeated_apis()
    part = "IN" if f"'{api}'" in apis else "NOT IN"
    return f"api = :api AND api {part} ({apis}) AND device = :device AND channel = :channel"


def counted(where):
    """Return the query for a row for each point of a span, to a limit."""
    return f"SELECT 1 FROM points WHERE {where} AND {_IN_SPAN} LIMIT :limit"


def whole(where):
    """Return the query for all points of a span."""
    return f"""SELECT {COLUMNS} FROM points WHERE {where} AND {_IN_SPAN}
        ORDER BY time_us, rowid"""


def around(api, count):
    """Yield the queries for the points before :from, the newest first, and behind :to."""
    for edge in ("time_us < :from ORDER BY time_us DESC", "time_us > :to ORDER BY time_us"):
        yield f"SELECT {COLUMNS} FROM points WHERE {where(api)} AND {edge} LIMIT {count}"


def newest():
    """Yield a query for the newest point of every channel, one for each part of the table."""
    names = ("api", "device", "channel")
    backwards = ", ".join(f"{name} DESC" for name in (*names, "time_us"))
    # SQLite seeks by the first column only when it is asked to compare all at once.
    befores = [
        " AND ".join([f"{same} = after.{same}" for same in names[:i]] + [f"{name} < after.{name}"])
        for i, name in reversed(list(enumerate(names)))
    ]
    for part in (f"api {word} ({repeated_apis()})" for word in ("NOT IN", "IN")):
        seeks = [_SEEK.format(part=part, before=each, backwards=backwards) for each in befores]
        yield _NEWEST.format(part=part, backwards=backwards, seeks=", ".join(seeks))
