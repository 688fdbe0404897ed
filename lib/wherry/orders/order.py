"""An order's file: the request and its progress."""

import struct

from wherry import small_file

FORM = "<IIQBQQBHQQB"
_FIELDS = (
    "from_s", "to_s", "row", "channel", "sent", "refused", "failures", "pending", "base",
    "end_row", "end_channel",
)  # fmt: skip


class Order:
    """An order's file: an attribute for each of _FIELDS, which docs/spec.md describes."""

    def __init__(self, path: str):
        """Read the file; raises ValueError if it is not an intact order."""
        self.path = path
        self.row = self.channel = self.sent = self.refused = self.failures = self.pending = 0
        self.from_s = self.to_s = 0
        content = small_file.read(path)
        if content is None or len(content) != struct.calcsize(FORM):
            raise ValueError("damaged")
        values = struct.unpack(FORM, content)
        for i, name in enumerate(_FIELDS):
            setattr(self, name, values[i])

    def save(self) -> None:
        """Write the file; raises OSError if the flash fails."""
        fields = [getattr(self, name) for name in _FIELDS]
        small_file.write(self.path, struct.pack(FORM, *fields))

    def advance(self, end: tuple) -> None:
        """Move the cursor to (row, channel index), durably."""
        self.row, self.channel = end
        self.failures = 0
        self.save()
