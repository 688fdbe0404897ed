"""The queue: rows in flash with permanent numbers; when it is full, the oldest are dropped.

A row is durable when `append` returns. New rows are in the row file, one frame of at most 128 B
that littlefs keeps inline; when the frame is full, it moves to the tail segment. append.py and
many.py write rows, recovery.py runs at boot, new_segment.py begins a segment, and room.py makes
room for it: all are loaded on demand. docs/spec.md has the bytes.
"""

import os

from wherry.queue.layout import INLINE_SIZE_MAX
from wherry.rows.frame import ROWS
from wherry.rows.writer import RowsWriter


class Queue:
    """Rows of one node in a folder; `channels` are (name, unit, decimals), `ms` if stamps have ms.

    `hint` is (next row, readings, schema) of the last Queue on this folder, if it survived a sleep
    or a crash: it saves reading the tail segment. `size_max` is the limit of all segments in
    bytes. New frames are of `kind`, ROWS or RICE. The last `own_count` channels are the node's
    own. `on_drop(row, readings)` is called before the rows below `row` are deleted; `readings` is
    the number settled for an uplink whose cursor is there. It returns False to forbid the drop.
    """

    # True if a wake continues from the newest row of the stage.
    follows_stage = False
    # Called between pieces of a walk, if set: see stride.py.
    idle = None
    # True during a walk over rows that must stay: no segment is deleted or replaced.
    is_walked = False

    def __init__(
        self, root: str, channels, ms: bool, size_max: int, hint=None, kind=ROWS, own_count=0
    ):
        from wherry.rows import segment

        self.channels = channels
        self.own_count = own_count
        self.ms = ms
        self.size_max = size_max
        self.on_drop = None
        # The uplinks whose ledgers are in use. Whether a segment is being thinned; None if
        # unknown.
        self.uploads = ()
        self.is_thinning = None
        # The reader that all uploads share, once created.
        self.upload_reader = None
        self.root = root
        self.folder = root + "/segments"
        self.row_path = root + "/rows/open"
        self.schema = segment.schema_crc(channels, ms)
        # The segment that takes frames, or -1 until the first move; all segments, or None until
        # listed; the folder of each; the size at which a segment is full.
        self.tail = -1
        self.listed = None
        self.places = {}
        self.segment_size = segment.size_full(size_max)
        self.next_row = self.readings = self.moves = self.damaged = 0
        # True if the row file's frame may have been moved already.
        self.check_moved = False
        self.writer = RowsWriter(len(channels), INLINE_SIZE_MAX, kind, own_count)
        from wherry.queue import recovery

        recovery.recover(self, hint)

    def hint(self):
        """Return the hint for the next Queue on this folder."""
        return self.next_row, self.readings, self.schema

    @property
    def segments(self) -> list:
        """The segments' names, oldest first. Listing them is slow, so few wakes do it."""
        if self.listed is None:
            from wherry.queue import listing

            self.listed = listing.list_segments(self)
        return self.listed

    def path(self, name: int) -> str:
        """Return the path of a segment; before segments are listed, it must be the tail."""
        return "%s/%s/%010x" % (self.root, self.places.get(name, "rows"), name)

    def look(self) -> None:
        """Check whether a segment is being thinned."""
        try:
            os.stat(self.folder + "/thinned")
            self.is_thinning = True
        except OSError:
            self.is_thinning = False

    def append(self, *row) -> int:
        """Make a row (put_row's arguments after the number) durable; return its number.

        Raises OSError if the flash fails; the row is then not in the queue.
        """
        from wherry.queue import append

        return append.append(self, *row)

    def extend(self, rows) -> int:
        """Make many rows durable, each in the form that `append` takes; return their number.

        Raises OSError if the flash fails; the rows below `next_row` are then in the queue.
        """
        from wherry.queue import many

        return many.extend(self, rows)

    def make_room(self) -> None:
        """Drop the oldest rows if the queue is full; raises OSError if the flash fails."""
        from wherry.queue import room

        room.make_room(self)

    def reader(self):
        """Return a QueueReader of the rows."""
        from wherry.queue.reader import QueueReader

        return QueueReader(self)

    def ledger(self, label: str):
        """Return the ledger of the uplink `label`."""
        from wherry.queue.ledger import in_file

        return in_file("%s/cursors/%s" % (self.root, label))

    def spill(self) -> None:
        """Move the row file's rows to the tail segment; raises OSError if the flash fails."""
        from wherry.queue import append

        append.spill(self)
