"""The database of all dialects: the stored points, and the last requests for the page.

Rules: a batch is one transaction and is answered only after its commit. A stored row never
changes, except for `copies`, which counts the repeats that its key recognised. If a service stores
a repeated reading separately, its rows are outside the unique key.

`refusals` lists each reading that was alone in a refused request, and all readings of a request
that was accepted in part. `count` is the number of readings in the request, `reason` is the text
of the answer. A node may set aside only these readings. The newest 100,000 are kept.
"""

import sqlite3
import threading
from collections import deque
from contextlib import suppress

from wherry_host.private import make_file
from wherry_host.server import schema
from wherry_host.server.dialect import encode

REQUESTS_MAX = 1000
REFUSALS_MAX = 100_000
ANSWERS_MAX = 1_000_000
TEXT_SIZE_MAX = 4096
REASON_SIZE_MAX = 500
_BUSY_TIMEOUT_MS = 250


class Store:
    """One SQLite file in WAL mode; WAL with synchronous=NORMAL survives a killed process."""

    def __init__(self, path, secrets=()):
        """Open or create the file; `secrets` are texts that the request log must never hold."""
        self.path = str(path)
        self._secrets = [secret for secret in secrets if secret]
        #: (received_us, api, status) of the newest requests; status 0 means that the answer was
        #: cut.
        self.answers = deque(maxlen=ANSWERS_MAX)
        #: (begin_us, end_us) of the spans of each Retry-After.
        self.pauses_us = []
        #: The error of the last commit, "" after a successful one.
        self.trouble = ""
        #: Called after each commit, by the thread that committed.
        self.on_commit = None
        self._waiting, self._refused = [], []
        self._lock = threading.Lock()
        try:
            self._open()
        except sqlite3.Error as error:
            remedy = "give a new file in a folder that can be written, or one of an earlier run"
            raise type(error)(f"{self.path}: {error}; {remedy}") from None

    def _open(self):
        # SQLite gives its -wal and -shm files this file's mode. If the file cannot be created,
        # SQLite reports the error.
        with suppress(OSError):
            make_file(self.path)
        self._db = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        # The server's loop is blocked for at most this time; a client that receives a 503 tries
        # again.
        self._db.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}")
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        schema.prepare(self._db)
        self._add_point = schema.add_point()

    def add(self, api, points, received_us, items=()):
        """Commit points (device, channel, time_us, value); the first value of a key stays.

        `items` are (device, JSON content), stored unchanged. If another program locks the file,
        the method raises sqlite3.OperationalError and stores nothing.
        """
        rows = [(api, *point, received_us) for point in points]
        kept = [(api, device, received_us, encode(content).decode()) for device, content in items]
        with self._lock:
            self._commit(rows, kept)

    def log(self, received_us, api, method, path, status, body, answer, device=""):
        """Note a request of a device, "" for an unknown one.

        The request is written to the file with the next commit or flush.
        """
        self.answers.append((received_us, api, status))
        texts = [self.masked(text)[:TEXT_SIZE_MAX] for text in (path, body, answer, device)]
        self._waiting.append((received_us, api, method, texts[0], status, *texts[1:]))
        del self._waiting[:-REQUESTS_MAX]

    def refuse(self, api, points, received_us, status, reason=""):
        """Note the point of a refused request, or the points of a partly accepted one (2xx).

        `reason` is the answer as text or bytes; 500 characters of it are kept. The points are
        written to the file with the next commit or flush. A refused request with several points is
        not noted.
        """
        if len(points) == 1 or 200 <= status < 300:
            reason = self.masked(reason)[:REASON_SIZE_MAX]
            rows = [
                (received_us, api, device, channel, time_us, status, len(points), reason)
                for device, channel, time_us, _ in points
            ]
            with self._lock:
                self._refused += rows
                del self._refused[:-REFUSALS_MAX]

    def flush(self):
        """Write the noted requests that no commit has written yet."""
        with self._lock:
            if self._waiting or self._refused:
                self._commit(())

    def channels(self):
        """Return a dict per channel: api, device, channel, points, copies, first_us, last_us."""
        with self._lock:
            return [dict(row) for row in self._db.execute(schema.COUNT_CHANNELS)]

    def requests(self, count=100):
        """Return the newest requests as dicts, the newest first."""
        with suppress(sqlite3.OperationalError):
            self.flush()
        query = "SELECT * FROM requests ORDER BY id DESC LIMIT ?"
        with self._lock:
            return [dict(row) for row in self._db.execute(query, (count,))]

    def hide(self, secret):
        """Mask one more text in the request log."""
        self._secrets.append(secret)

    def masked(self, text):
        """Return text or bytes as text, with all secrets masked."""
        if isinstance(text, bytes):
            text = text.decode("utf-8", "replace")
        for secret in self._secrets:
            if secret in text:
                text = text.replace(secret, "***")
        return text

    def close(self):
        """Flush and close; SQLite then removes its -wal and -shm files."""
        # If the file is locked, these notes are lost; all answered points are already stored.
        with suppress(sqlite3.OperationalError):
            self.flush()
        with self._lock:
            self._db.close()

    def _commit(self, rows, items=()):
        try:
            self._write(rows, items)
        except sqlite3.Error as error:
            self.trouble = str(error)
            raise
        self.trouble = ""
        if self.on_commit:
            self.on_commit()

    def _write(self, rows, items):
        """Write everything in one transaction, or nothing."""
        self._db.execute("BEGIN IMMEDIATE")
        waiting, self._waiting = self._waiting, []
        refused, self._refused = self._refused, []
        try:
            self._db.executemany(self._add_point, rows)
            self._db.executemany(schema.ADD_ITEM, items)
            if waiting:
                self._add_newest("requests", schema.ADD_REQUEST, waiting, REQUESTS_MAX)
            if refused:
                self._add_newest("refusals", schema.ADD_REFUSAL, refused, REFUSALS_MAX)
            self._db.execute("COMMIT")
        except sqlite3.Error:
            self._db.execute("ROLLBACK")
            self._waiting = [*waiting, *self._waiting]
            self._refused = [*refused, *self._refused]
            raise

    def _add_newest(self, table, query, rows, count_max):
        self._db.executemany(query, rows)
        self._db.execute(
            f"DELETE FROM {table} WHERE id <= (SELECT MAX(id) FROM {table}) - ?", (count_max,)
        )
