"""The queries of `history.History`, each worded like an index, so that SQLite seeks."""

from wherry_host.server.dialect import IGNORED
from wherry_host.server.dialects import tables
from wherry_host.server.schema import repeated_apis

COLUMNS = "time_us, value, received_us"
# The api of a request to an unknown path is ''.
SENT_BY = "device IN (:device, '') AND (:api = '' OR api IN (:logged, ''))"
_IN_SPAN = "time_us BETWEEN :from_us AND :to_us"

# Backwards from the end of an index, each seek finds the newest point of the previous channel.
_NEWEST = """
WITH RECURSIVE newest(id) AS (
  SELECT (SELECT rowid FROM points WHERE {part} ORDER BY {backwards} LIMIT 1)
  UNION ALL
  SELECT COALESCE({seeks}) FROM newest JOIN points AS after ON after.rowid = newest.id)
SELECT api, device, channel, time_us, value, received_us
FROM newest JOIN points ON points.rowid = newest.id"""
_SEEK = "(SELECT rowid FROM points WHERE {part} AND {before} ORDER BY {backwards} LIMIT 1)"


def where(api, channel=":channel"):
    """Return the condition for one channel, worded like the index of its part of the rows."""
    apis = repeated_apis()
    part = "IN" if f"'{api}'" in apis else "NOT IN"
    return f"api = :api AND api {part} ({apis}) AND device = :device AND channel = {channel}"


def logged_api(api):
    """Return the api under which the requests of an api's devices are logged."""
    return next((each.apis[0] for each in tables().values() if api in each.apis), api)


def set_aside(api):
    """Return the condition for one refusal of each reading that a device has set aside.

    docs/design/sending.md, "Verdicts", lists the statuses. If a service that ignores repeated
    readings stores only a part of a request, this is also a refusal. With other services, the
    node holds the channel back instead.
    """
    statuses = "status IN (400, 413, 422)"
    if any(api in each.apis and each.on_repeat == IGNORED for each in tables().values()):
        statuses += " OR status BETWEEN 200 AND 299"
    return f"""WHERE id IN (SELECT MAX(id) FROM refusals
        WHERE api = :api AND device = :device AND count = 1 AND ({statuses})
        GROUP BY channel, time_us) AND NOT EXISTS (SELECT 1 FROM points
        WHERE {where(api, "refusals.channel")} AND time_us = refusals.time_us)"""


def counted(where):
    """Return the query for one row per point in a span, up to a limit."""
    return f"SELECT 1 FROM points WHERE {where} AND {_IN_SPAN} LIMIT :limit"


def whole(where):
    """Return the query for all points in a span."""
    return f"""SELECT {COLUMNS} FROM points WHERE {where} AND {_IN_SPAN}
        ORDER BY time_us, rowid"""


def around(api, count):
    """Yield the queries for the points before :from, the newest first, and after :to."""
    for edge in ("time_us < :from ORDER BY time_us DESC", "time_us > :to ORDER BY time_us"):
        yield f"SELECT {COLUMNS} FROM points WHERE {where(api)} AND {edge} LIMIT {count}"


def stored_since(api):
    """Return the query that counts the newest points up to :until that arrived after :since."""
    return f"""SELECT COUNT(*) FROM (SELECT received_us FROM points
        WHERE {where(api)} AND time_us <= :until_us ORDER BY time_us DESC LIMIT :limit)
        WHERE received_us > :since_us"""


def newest():
    """Yield a query for the newest point of every channel, one for each part of the table."""
    names = ("api", "device", "channel")
    backwards = ", ".join(f"{name} DESC" for name in (*names, "time_us"))
    # SQLite seeks by the first column only if all columns are compared in one expression.
    befores = [
        " AND ".join([f"{same} = after.{same}" for same in names[:i]] + [f"{name} < after.{name}"])
        for i, name in reversed(list(enumerate(names)))
    ]
    for part in (f"api {word} ({repeated_apis()})" for word in ("NOT IN", "IN")):
        seeks = [_SEEK.format(part=part, before=each, backwards=backwards) for each in befores]
        yield _NEWEST.format(part=part, backwards=backwards, seeks=", ".join(seeks))
