"""Walks the frames of a file in pieces of half a KB.

Damaged bytes are skipped to the next intact frame and counted.
"""

from micropython import const

from wherry.rows.frame import SIZE_MAX, frame_size

_WINDOW_SIZE = const(512)


class Walker:
    """Walks from frame to frame: `buffer[at:at + size]` is the frame that `next` found.

    The file is reopened for each piece: littlefs may reuse the blocks under an open reader while
    the same file is appended to. `idle`, if set, is called after each KB of damaged bytes.
    """

    idle = None

    def __init__(self):
        self.buffer = bytearray(_WINDOW_SIZE)
        self.damaged = 0
        self.open("", 0)

    def open(self, path: str, offset: int) -> None:
        """Position before the frame at an offset of a file."""
        self._path = path
        self._offset = offset  # The offset of the first byte past the window.
        self.at = self.size = self._end = 0
        self._whole = not path

    def moved(self, path: str) -> bool:
        """Continue with the file at a new path; return False if the path is unchanged."""
        was, self._path = self._path, path
        return was != path

    def read_on(self) -> None:
        """Look again for bytes past the previous end, because the file has grown."""
        self._whole = False

    @property
    def offset(self) -> int:
        """The offset in its file of the frame found last."""
        return self._offset - self._end + self.at

    def next(self) -> bool:
        """Find the next intact frame; False at the end. Raises OSError if the file is gone."""
        self.at += self.size
        self.size = 0
        while True:
            self.size = frame_size(self.buffer, self.at, self._end)
            if self.size:
                return True
            if not self._whole and self._end - self.at < SIZE_MAX:
                with open(self._path, "rb") as file:
                    self.fill(file)
            elif self.at < self._end:
                self.at += 1
                self.damaged += 1
                if not self.damaged & 1023 and self.idle:
                    self.idle()
            else:
                return False

    def fill(self, file) -> None:
        """Read on from the file that the path names."""
        rest = self._end - self.at
        if self.at:
            self.buffer[:rest] = self.buffer[self.at : self._end]
        self.at, self._end = 0, rest
        file.seek(self._offset)
        count = file.readinto(memoryview(self.buffer)[rest:])
        self._offset += count
        self._end += count
        self._whole = self._end < _WINDOW_SIZE
