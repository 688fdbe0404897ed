"""Rows in files from before there was a ring: read first, and deleted once nobody waits for them.

Loaded where such files are.
"""

import os

from micropython import const

from wherry import small_file

_FOLDER = const(0x4000)
_SIZE_MAX = 1 << 30


def take_up(ring) -> None:
    """Look for files below the ring's folder; a new ring goes on where they end.

    Raises OSError where the filesystem does.
    """
    if not _is_there(ring.root + "/segments") and not _is_there(ring.root + "/rows"):
        return
    from wherry.queue.queue import Queue

    ring.older = Queue(ring.root, ring.channels, ring.ms, _SIZE_MAX, own_count=ring.own_count)
    if ring.older.next_row > ring.next_row:
        ring.next_row, ring.readings = ring.older.next_row, ring.older.readings


def _is_there(folder):
    try:
        return bool(os.listdir(folder))
    except OSError:
        return False


def let_go(ring, uploads) -> None:
    """Delete the files if no upload waits for their rows; raises OSError as the flash does."""
    # Without a page of its own, the ring would not know where their row numbers end.
    if ring.tail_sequence() < 0 or any(each.ledger.row < ring.older.next_row for each in uploads):
        return
    cursors = ring.root + "/cursors"
    for name in os.listdir(cursors):
        ledger = ring.ledger(name)
        if not ledger.is_new and name not in ring.ledgers:
            ledger.save()
    for folder in (cursors, ring.older.folder, ring.root + "/rows"):
        _clear(folder)
    ring.older = None


def _clear(folder):
    """Delete what lies in a folder, and in folders there."""
    if not _is_there(folder):
        return
    for name in os.listdir(folder):
        path = folder + "/" + name
        if os.stat(path)[0] & _FOLDER:
            _clear(path)
            os.rmdir(path)
        else:
            small_file.remove(path)


class BothReader:
    """Reads the files, and after their end the ring; `rows` and `channels` as in RingReader."""

    def __init__(self, ring, reader):
        self._end = ring.older.next_row
        self._files = ring.older.reader()
        self._ring = self._reader = reader
        self._row = 0
        self.rows = None
        self.channels = ring.channels

    def seek(self, row: int) -> None:
        """Let `next` go to the first row whose number is at least `row`."""
        self._row = row
        self._reader = self._files if row < self._end else self._ring
        self._reader.seek(row)

    def forget(self) -> None:
        """Let the next `seek` look for its place: it is that of another cursor."""
        self._files.forget()
        self._ring.forget()

    def next(self) -> bool:
        """Go to the next row; return False after the newest one."""
        found = self._reader.next()
        if not found and self._reader is self._files:
            self._reader = self._ring
            self._ring.seek(max(self._row, self._end))
            found = self._ring.next()
        self.rows, self.channels = self._reader.rows, self._reader.channels
        return found
