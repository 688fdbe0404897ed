"""Set-aside readings: those a server refused, kept with its reason in files of bounded size.

Each is one frame of kind ASIDE: varint row · channel index · decimals · signed value ·
varint s · varint ms + 1 (0: the stamp has none) · varint status · text channel · text reason ·
text uplink.
"""

import os

from micropython import const

from wherry import small_file
from wherry.reading import NO_MS
from wherry.rows.frame import ASIDE, Cursor, FrameError, close_frame
from wherry.rows.segment import Walker, names
from wherry.rows.varint import put_signed, put_text, put_varint, read_text

FILE_SIZE_MAX = const(8192)
FILE_COUNT_MAX = const(2)
_REASON_SIZE_MAX = const(48)
_UPLINK_SIZE_MAX = const(24)
_ROOM = const(480)
_FREE_MAX = const(230)


class Aside:
    """Files numbered upward in a folder; the oldest goes when there are more than two."""

    def __init__(self, folder: str):
        small_file.make_folder(folder)
        self._folder = folder

    def add(
        self, row, index, channel, value, s, ms, status, reason, uplink="", count_lost=None
    ) -> int:
        """Keep a reading durably; return how many older ones had to go for it.

        A reading that is there already, because a cut came before the cursor moved, is not added
        again. `ms` may be NO_MS. `count_lost(lost, kept)` is called before files go, with the
        numbers of those and of the ones that stay. Raises OSError where the flash does.
        """
        files = names(self._folder) or [0]
        last = None
        for entry in self._entries(files[-1]):
            last = entry[0], entry[1], entry[9]
        if last == (row, index, uplink):
            return 0
        if self._size(files[-1]) > FILE_SIZE_MAX:
            files.append(files[-1] + 1)
        lost = files[:-FILE_COUNT_MAX]
        if lost and count_lost:
            count_lost(lost, files[-FILE_COUNT_MAX:])
        older = 0
        for number in lost:
            older += sum([1 for _ in self._entries(number)])
            small_file.remove(self._path(number))
        name, _, decimals = channel
        with open(self._path(files[-1]), "ab") as file:
            file.write(frame(row, index, name, value, decimals, s, ms, status, reason, uplink))
        return older

    def count(self, numbers, labels, end) -> int:
        """Count the readings in some files that are of an uplink with one of these labels.

        Those that do not stand before `end` (row, channel index) are on their way only.
        """
        count = 0
        for number in numbers:
            for entry in self._entries(number):
                if entry[9] in labels and entry[:2] < end:
                    count += 1
        return count

    def readings(self):
        """Yield (row, index, name, value, decimals, s, ms, status, reason, uplink), oldest first.

        The uplink is "" where an older version wrote it.
        """
        for number in names(self._folder):
            yield from self._entries(number)

    def change(self, settle) -> None:
        """Write the files anew in which `settle(entry)` returns another entry than it was given.

        None leaves it out. Each file is replaced as a whole or not at all. Raises OSError where
        the flash does.
        """
        for number in names(self._folder):
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
                uplink = read_text(cursor) if cursor.at < cursor.end else ""
            except FrameError:
                continue
            yield row, index, name, value, decimals, s, ms, status, reason, uplink


def frame(row, index, name, value, decimals, s, ms, status, reason, uplink):
    """Return a reading that is set aside as the bytes of its frame."""
    buffer = bytearray(_ROOM)
    at = put_varint(buffer, 2, row)
    buffer[at], buffer[at + 1] = index, decimals
    at = put_signed(buffer, at + 2, value)
    at = put_varint(buffer, put_varint(buffer, at, s), ms - NO_MS)
    at = put_text(buffer, put_varint(buffer, at, status), name)
    uplink = _shortened(uplink, _UPLINK_SIZE_MAX)
    most = _FREE_MAX - at - len(uplink.encode()) - 1
    at = put_text(buffer, at, _shortened(reason, min(_REASON_SIZE_MAX, most)))
    at = put_text(buffer, at, uplink)
    return memoryview(buffer)[: close_frame(buffer, ASIDE, at)]


def _shortened(text, size_max):
    """Cut a text to a size in UTF-8, at a whole character."""
    while len(text.encode()) > size_max:
        text = text[:-1]
    return text
