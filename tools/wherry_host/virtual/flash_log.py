"""The log of a board's flash operations: kind, time and bytes.

The log is the file `flash.img.log` next to the image. An entry, little-endian, is:

    u64 true Unix us · u32 place in the image · u32 size in bytes · u8 kind (2 program, 4 erase) ·
    the bytes of a program operation · D5 once the operation is finished

Only the last operation of a run can be unfinished. Its entry then ends with 00, and an entry of
kind 9 follows, with the image's content at that place after the run. So the image at any moment
can be rebuilt from the log alone, or from a copy of the image if others have written to it between
runs.
"""

import shutil
import struct
from dataclasses import dataclass

from wherry_host.private import make_file

PROGRAM, ERASE, SETTLED = 2, 4, 9
HEAD = struct.Struct("<QIIB")
DONE = b"\xd5"


@dataclass
class Entry:
    """One operation; `content` is the bytes that it programs, `is_done` is True if it finished."""

    time_us: int
    at: int
    size: int
    kind: int
    content: bytes = b""
    is_done: bool = False

    def log_size(self):
        """Return the number of bytes of the entry in the log."""
        return HEAD.size + len(self.content) + 1


def entries(content):
    """Yield the Entry of each operation in the log of one run; a torn head is skipped."""
    at = 0
    while at + HEAD.size <= len(content):
        time_us, place, size, kind = HEAD.unpack_from(content, at)
        at += HEAD.size
        given = content[at : at + size] if kind != ERASE else b""
        at += len(given)
        yield Entry(time_us, place, size, kind, given, content[at : at + 1] == DONE)
        at += 1


class FlashLog:
    """The supervisor's part: its work between runs of programs."""

    def __init__(self, image):
        self._image = image
        self._path = image.with_name(image.name + ".log")
        make_file(self._path)
        self._begin = 0
        self._known = None

    def begin(self):
        """Note the start of a run; return its place in the log and the name of an image copy.

        The name is None if nothing else has written to the image since the last run.
        """
        self._trim()
        self._begin = self._path.stat().st_size
        copy = None
        if self._known != self._mark():
            copy = f"{self._image.name}.{self._begin}"
            # The settings in the image are private to their owner.
            shutil.copyfile(self._image, make_file(self._image.with_name(copy)))
        return {"log_at": self._begin, "image": copy}

    def end(self):
        """Note the end of a run."""
        self._trim()
        self._known = self._mark()

    def _mark(self):
        status = self._image.stat()
        return status.st_mtime_ns, status.st_size

    def _trim(self):
        """End the log with complete entries: add the image's content if an operation was cut."""
        with self._path.open("r+b") as file:
            file.seek(self._begin)
            content = file.read()
            found = list(entries(content))
            last = found.pop() if found and not found[-1].is_done else None
            at = sum(map(Entry.log_size, found))
            if last and (last.kind == ERASE or len(last.content) == last.size):
                at += last.log_size() - 1
            else:
                # The operation had not begun.
                last = None
            file.seek(self._begin + at)
            file.truncate()
            if last:
                file.write(b"\0" + self._trimd(last))

    def _trimd(self, entry):
        with self._image.open("rb") as image:
            image.seek(entry.at)
            kept = image.read(entry.size)
        return HEAD.pack(entry.time_us, entry.at, entry.size, SETTLED) + kept + DONE
