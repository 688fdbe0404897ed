"""A server's file, opened read-only at the first query."""

import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

_BUSY_TIMEOUT_S = 5


class Reader:
    """A connection to the file, which may be created later and may lack a table.

    Close it before the server's Store: the last connection to close a file in WAL mode removes the
    files that SQLite keeps next to it, and a reader cannot do so. The caller of `_rows` holds
    `_lock`.
    """

    def __init__(self, path):
        """Store the path; the file is opened at the first query."""
        self._path = Path(path)
        self._lock = threading.Lock()
        self._db = None
        self._tables = set()

    def close(self):
        """Close the file; the next query would open it again."""
        with self._lock:
            if self._db is not None:
                self._db.close()
                self._db = None
                self._tables.clear()

    def _rows(self, table, query, values=()):
        """Return the rows of a query, [] if the file or the table does not exist."""
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
