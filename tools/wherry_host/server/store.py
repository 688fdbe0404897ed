"""The database behind every dialect: stored points, and the last requests for the page to show.

Rules: a batch is one transaction and is answered only after its commit. A row is never changed
once stored, but for `copies`, which counts the re-sends that its key recognised. Where a service
stores what comes again as a reading of its own, its rows stand outside the unique key.

`refusals` lists each reading that was the only one of a refused request, and all readings of a
request of which a part was taken; `count` is the number of readings in the request. A node may
set aside these readings only. The newest 100,000 are kept, and the page does not read them.
"""

import sqlite3
import threading
from collections import deque
from contextlib import suppress

from wherry_host.private import make_file
from wherry_host.server.dialect import STORED, encode
from wherry_host.server.dialects import tables

REQUESTS_MAX = 1000
REFUSALS_MAX = 100_000
ANSWERS_MAX = 1_000_000
TEXT_SIZE_MAX = 4096
_BUSY_TIMEOUT_MS = 250

_SCHEMA = """
CREATE TABLE IF NOT EXISTS points(
  api TEXT NOT NULL, device TEXT NOT NULL, channel TEXT NOT NULL, time_us INTEGER NOT NULL,
  value REAL NOT NULL, received_us INTEGER NOT NULL, copies INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS items(
  id INTEGER PRIMARY KEY, api TEXT NOT NULL, device TEXT NOT NULL, received_us INTEGER NOT NULL,
  content TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS requests(
  id INTEGER PRIMARY KEY, received_us INTEGER NOT NULL, api TEXT NOT NULL, method TEXT NOT NULL,
  path TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL, answer TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS refusals(
  id INTEGER PRIMARY KEY, received_us INTEGER NOT NULL, api TEXT NOT NULL, device TEXT NOT NULL,
  channel TEXT NOT NULL, time_us INTEGER NOT NULL, status INTEGER NOT NULL,
  count INTEGER NOT NULL);
"""

# Each row is in exactly one of the two indexes: the key that recognises re-sends also serves
# the curves of a channel, and a second full index would only cost every insert.
_KEY = "points(api, device, channel, time_us)"
_INDEXES = {
    "points_key": f"CREATE UNIQUE INDEX points_key ON {_KEY} WHERE api NOT IN ({{apis}})",
    "points_repeated": f"CREATE INDEX points_repeated ON {_KEY} WHERE api IN ({{apis}})",
}
_ADD_POINT = """
INSERT INTO points(api, device, channel, time_us, value, received_us) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT(api, device, channel, time_us) WHERE api NOT IN ({apis})
DO UPDATE SET copies = copies + 1"""

_ADD_REQUEST = """
INSERT INTO requests(received_us, api, method, path, status, body, answer)
VALUES (?, ?, ?, ?, ?, ?, ?)"""

_ADD_REFUSAL = """
INSERT INTO refusals(received_us, api, device, channel, time_us, status, count)
VALUES (?, ?, ?, ?, ?, ?, ?)"""

_ADD_ITEM = "INSERT INTO items(api, device, received_us, content) VALUES (?, ?, ?, ?)"

_COUNT_CHANNELS = """
SELECT api, device, channel, COUNT(*) AS points, SUM(copies) AS copies,
  MIN(time_us) AS first_us, MAX(time_us) AS last_us
FROM points GROUP BY api, device, channel ORDER BY api, device, channel"""


def repeated_apis():
    """Return the APIs whose every reading is a row of its own, as SQL: 'a', 'b'."""
    apis = (dialect.apis[0] for dialect in tables().values() if dialect.on_repeat == STORED)
    return ", ".join(f"'{api}'" for api in apis)


class Store:
    """One SQLite file in WAL mode; WAL with synchronous=NORMAL survives a killed process."""

    def __init__(self, path, secrets=()):
        """Open or make the file; `secrets` are texts that the request log must never hold."""
        self.path = str(path)
        self._secrets = [secret for secret in secrets if secret]
        #: (received_us, api, status) of the newest requests; status 0 is an answer that was cut.
        self.answers = deque(maxlen=ANSWERS_MAX)
        #: (begin_us, end_us) of the spans of each Retry-After.
        self.pauses_us = []
        #: Called after each commit, by the thread that has made it.
        self.on_commit = None
        self._waiting, self._refused = [], []
        self._lock = threading.Lock()
        try:
            self._open()
        except sqlite3.Error as error:
            remedy = "give a new file in a folder that can be written, or one of an earlier run"
            raise type(error)(f"{self.path}: {error}; {remedy}") from None

    def _open(self):
        # SQLite gives its -wal and -shm files the mode of this one; it tells what is wrong, too.
        with suppress(OSError):
            make_file(self.path)
        self._db = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        # The server's loop waits meanwhile; a client that is told 503 comes again.
        self._db.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}")
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(_SCHEMA)
        self._add_point = _ADD_POINT.format(apis=repeated_apis())
        self._set_indexes()

    def _set_indexes(self):
        """Make the indexes; those of a file from before another dialect came are made anew."""
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'points'"
        wanted = {name: sql.format(apis=repeated_apis()) for name, sql in _INDEXES.items()}
        found = {row["name"]: row["sql"] for row in self._db.execute(query).fetchall()}
        for name, sql in found.items():
            if sql != wanted.get(name):
                self._db.execute(f"DROP INDEX {name}")
        for name, sql in wanted.items():
            if found.get(name) != sql:
                self._db.execute(sql)

    def add(self, api, points, received_us, items=()):
        """Commit points (device, channel, time_us, value); of one key the first value stays.

        `items` are (device, JSON content), kept as they came. Raises sqlite3.OperationalError,
        with nothing stored, while another program locks the file.
        """
        rows = [(api, *point, received_us) for point in points]
        kept = [(api, device, received_us, encode(content).decode()) for device, content in items]
        with self._lock:
            self._commit(rows, kept)

    def log(self, received_us, api, method, path, status, body, answer):
        """Note a request; it reaches the file with the next commit or flush."""
        self.answers.append((received_us, api, status))
        texts = [self.masked(text)[:TEXT_SIZE_MAX] for text in (path, body, answer)]
        self._waiting.append((received_us, api, method, texts[0], status, *texts[1:]))
        del self._waiting[:-REQUESTS_MAX]

    def refuse(self, api, points, received_us, status):
        """Note the point of a refused request, or the points of one that was taken in part (2xx).

        They reach the file as requests do. A refused request of several points is not noted.
        """
        if len(points) == 1 or 200 <= status < 300:
            rows = [
                (received_us, api, device, channel, time_us, status, len(points))
                for device, channel, time_us, _ in points
            ]
            with self._lock:
                self._refused += rows
                del self._refused[:-REFUSALS_MAX]

    def flush(self):
        """Write the noted requests that no commit has taken along yet."""
        with self._lock:
            if self._waiting or self._refused:
                self._commit(())

    def channels(self):
        """Return a dict a channel: api, device, channel, points, copies, first_us, last_us."""
        with self._lock:
            return [dict(row) for row in self._db.execute(_COUNT_CHANNELS)]

    def requests(self, count=100):
        """Return the newest requests as dicts, the newest first."""
        with suppress(sqlite3.OperationalError):
            self.flush()
        query = "SELECT * FROM requests ORDER BY id DESC LIMIT ?"
        with self._lock:
            return [dict(row) for row in self._db.execute(query, (count,))]

    def hide(self, secret):
        """Keep one more text out of the request log."""
        self._secrets.append(secret)

    def masked(self, text):
        """Return text or bytes as text without any secret."""
        if isinstance(text, bytes):
            text = text.decode("utf-8", "replace")
        for secret in self._secrets:
            if secret in text:
                text = text.replace(secret, "***")
        return text

    def close(self):
        """Flush and close; SQLite then removes its -wal and -shm files."""
        # Notes that a locked file does not take are lost; the points have been answered.
        with suppress(sqlite3.OperationalError):
            self.flush()
        with self._lock:
            self._db.close()

    def _commit(self, rows, items=()):
        self._db.execute("BEGIN IMMEDIATE")
        waiting, self._waiting = self._waiting, []
        refused, self._refused = self._refused, []
        try:
            self._db.executemany(self._add_point, rows)
            self._db.executemany(_ADD_ITEM, items)
            if waiting:
                self._add_newest("requests", _ADD_REQUEST, waiting, REQUESTS_MAX)
            if refused:
                self._add_newest("refusals", _ADD_REFUSAL, refused, REFUSALS_MAX)
            self._db.execute("COMMIT")
        except sqlite3.Error:
            self._db.execute("ROLLBACK")
            self._waiting = [*waiting, *self._waiting]
            self._refused = [*refused, *self._refused]
            raise
        if self.on_commit:
            self.on_commit()

    def _add_newest(self, table, query, rows, count_max):
        self._db.executemany(query, rows)
        self._db.execute(
            f"DELETE FROM {table} WHERE id <= (SELECT MAX(id) FROM {table}) - ?", (count_max,)
        )
