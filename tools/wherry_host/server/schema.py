"""The tables and indexes of the database; a file of an earlier version gets the new columns.

Each row of `points` is in exactly one of two indexes: the key that recognises repeated points also
serves the curves of a channel, and a second full index would only slow down every insert.
"""

from wherry_host.server.dialect import STORED
from wherry_host.server.dialects import tables

_TABLES = """
CREATE TABLE IF NOT EXISTS points(
  api TEXT NOT NULL, device TEXT NOT NULL, channel TEXT NOT NULL, time_us INTEGER NOT NULL,
  value REAL NOT NULL, received_us INTEGER NOT NULL, copies INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS items(
  id INTEGER PRIMARY KEY, api TEXT NOT NULL, device TEXT NOT NULL, received_us INTEGER NOT NULL,
  content TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS requests(
  id INTEGER PRIMARY KEY, received_us INTEGER NOT NULL, api TEXT NOT NULL, method TEXT NOT NULL,
  path TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL, answer TEXT NOT NULL,
  device TEXT NOT NULL DEFAULT '');
CREATE TABLE IF NOT EXISTS refusals(
  id INTEGER PRIMARY KEY, received_us INTEGER NOT NULL, api TEXT NOT NULL, device TEXT NOT NULL,
  channel TEXT NOT NULL, time_us INTEGER NOT NULL, status INTEGER NOT NULL,
  count INTEGER NOT NULL, reason TEXT NOT NULL DEFAULT '');
CREATE INDEX IF NOT EXISTS refusals_device ON refusals(api, device);
"""
# (table, column, type) of the columns that files of earlier versions lack.
_ADDED = (
    ("requests", "device", "TEXT NOT NULL DEFAULT ''"),
    ("refusals", "reason", "TEXT NOT NULL DEFAULT ''"),
)

_KEY = "points(api, device, channel, time_us)"
_POINT_INDEXES = {
    "points_key": f"CREATE UNIQUE INDEX points_key ON {_KEY} WHERE api NOT IN ({{apis}})",
    "points_repeated": f"CREATE INDEX points_repeated ON {_KEY} WHERE api IN ({{apis}})",
}
_ADD_POINT = """
INSERT INTO points(api, device, channel, time_us, value, received_us) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT(api, device, channel, time_us) WHERE api NOT IN ({apis})
DO UPDATE SET copies = copies + 1"""

ADD_REQUEST = """
INSERT INTO requests(received_us, api, method, path, status, body, answer, device)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""

ADD_REFUSAL = """
INSERT INTO refusals(received_us, api, device, channel, time_us, status, count, reason)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""

ADD_ITEM = "INSERT INTO items(api, device, received_us, content) VALUES (?, ?, ?, ?)"

COUNT_CHANNELS = """
SELECT api, device, channel, COUNT(*) AS points, SUM(copies) AS copies,
  MIN(time_us) AS first_us, MAX(time_us) AS last_us
FROM points GROUP BY api, device, channel ORDER BY api, device, channel"""


def repeated_apis():
    """Return the APIs that store every reading as a separate row, as an SQL list: 'a', 'b'."""
    apis = (dialect.apis[0] for dialect in tables().values() if dialect.on_repeat == STORED)
    return ", ".join(f"'{api}'" for api in apis)


def add_point():
    """Return the statement that stores a point or counts a copy of it."""
    return _ADD_POINT.format(apis=repeated_apis())


def prepare(db):
    """Create the tables, columns and indexes that the connected file lacks.

    Raises sqlite3.Error if the file is not a database or cannot be written.
    """
    db.executescript(_TABLES)
    for table, column, kind in _ADDED:
        names = [row["name"] for row in db.execute(f"PRAGMA table_info({table})")]
        if column not in names:
            db.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")
    _set_point_indexes(db)


def _set_point_indexes(db):
    """Create the indexes; indexes that do not fit the current dialects are created again."""
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'points'"
    wanted = {name: sql.format(apis=repeated_apis()) for name, sql in _POINT_INDEXES.items()}
    found = {row["name"]: row["sql"] for row in db.execute(query).fetchall()}
    for name, sql in found.items():
        if sql != wanted.get(name):
            db.execute(f"DROP INDEX {name}")
    for name, sql in wanted.items():
        if found.get(name) != sql:
            db.execute(sql)
