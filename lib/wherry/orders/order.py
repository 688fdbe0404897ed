"""An order's file: what is asked, and how far it is."""

import struct

from wherry import small_file

FORM = "<IIQBQQBHQQB"
_FIELDS = (
    "from_s", "to_s", "row", "channel", "sent", "refused", "failures", "pending", "base",
    "end_row", "end_channel",
)  # fmt: skip


class Order:
    """An order's file: an attribute for each of _FIELDS. docs/spec.md says what they are."""

    def __init__(self, path: str):
        """Read it; raises ValueError for a file that is no intact order."""
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
        """Make it durable; raises OSError where the flash does."""
        fields = [getattr(self, name) for name in _FIELDS]
        small_file.write(self.path, struct.pack(FORM, *fields))

    def advance(self, end: tuple) -> None:
        """Go on from (row, channel index), durably."""
        self.row, self.channel = end
        self.failures = 0
        self.save()
