"""Set-aside readings: readings that a server refused, kept with the reason in bounded files.

aside_frame.py defines their form, and writes them.
"""

import os

from micropython import const

from wherry.reading import NO_MS
from wherry.rows.frame import ASIDE, Cursor, FrameError
from wherry.rows.numbers import numbers
from wherry.rows.varint import read_text
from wherry.rows.walker import Walker

FILE_SIZE_MAX = const(8192)
FILE_COUNT_MAX = const(2)


class Aside:
    """Files numbered upward in a folder; the oldest is deleted when there are more than two."""

    def __init__(self, folder: str):
        self._folder = folder
        try:
            os.stat(folder)
        except OSError:
            from wherry import small_file

            small_file.make_folder(folder)

    def place(self, row: int, index: int, uplink: str, count_lost=None) -> str:
        """Return the path of the file to which aside_frame.append writes a reading.

        The path is "" if the reading is there already, because of a power cut before the cursor
        moved. `count_lost(lost, kept)` is called before files are deleted, with the numbers of the
        files to delete and to keep. Raises OSError if the flash fails.
        """
        files = numbers(self._folder) or [0]
        last = None
        for entry in self._entries(files[-1]):
            last = entry[0], entry[1], entry[9]
        if last == (row, index, uplink):
            return ""
        if self._size(files[-1]) > FILE_SIZE_MAX:
            files.append(files[-1] + 1)
        lost = files[:-FILE_COUNT_MAX]
        if lost and count_lost:
            count_lost(lost, files[-FILE_COUNT_MAX:])
        for number in lost:
            os.remove(self._path(number))
        return self._path(files[-1])

    def count(self, files, labels, end) -> int:
        """Count the readings in `files` whose uplink is one of `labels`.

        Readings at or after `end` (row, channel index) are not settled yet, and not counted.
        """
        count = 0
        for number in files:
            for entry in self._entries(number):
                if entry[9] in labels and entry[:2] < end:
                    count += 1
        return count

    def readings(self):
        """Yield (row, index, name, value, decimals, s, ms, status, reason, uplink) per reading."""
        for number in numbers(self._folder):
            yield from self._entries(number)

    def change(self, settle) -> None:
        """Rewrite the files in which `settle(entry)` returns a different entry.

        An entry for which it returns None is left out. Each file is replaced atomically. Raises
        OSError if the flash fails.
        """
        from wherry.sending.refusal.aside_frame import frame

        for number in numbers(self._folder):
            if all(settle(entry) == entry for entry in self._entries(number)):
                continue
            path = self._folder + "/new"
            with open(path, "wb") as file:
                for entry in self._entries(number):
                    entry = settle(entry)
                    if entry:
                        file.write(frame(*entry))
            os.rename(path, self._path(number))

    def _path(self, number):
        return "%s/%08x" % (self._folder, number)

    def _size(self, number):
        try:
            return os.stat(self._path(number))[6]
        except OSError:
            return 0

    def _entries(self, number):
        if not self._size(number):
            return
        walker = Walker()
        walker.open(self._path(number), 0)
        cursor = Cursor(walker.buffer)
        while walker.next():
            if walker.buffer[walker.at] != ASIDE:
                continue
            cursor.open(walker.at)
            try:
                row, index, decimals = cursor.varint(), cursor.varint(), cursor.varint()
                value, s, ms = cursor.signed(), cursor.varint(), cursor.varint() + NO_MS
                status, name, reason = cursor.varint(), read_text(cursor), read_text(cursor)
                uplink = read_text(cursor)
            except FrameError:
                continue
            yield row, index, name, value, decimals, s, ms, status, reason, uplink
