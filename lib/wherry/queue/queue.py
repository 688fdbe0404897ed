"""The queue: rows in flash, numbered for good, oldest dropped (and counted) when it is full.

A row is durable when `append` returns. It first lies in the row file, one frame of at most 128 B
that littlefs keeps inline; when that is full the frame moves to the tail segment beside it. What
writes stands in append.py and many.py, what a boot needs in recovery.py, what begins a segment in
new_segment.py, what makes room for it in room.py: all are loaded on demand. docs/spec.md has
the bytes.
"""

import os

from wherry.queue.layout import INLINE_SIZE_MAX
from wherry.rows.frame import ROWS
from wherry.rows.writer import RowsWriter


class Queue:
    """Rows of one node below a folder; `channels` are (name, unit, decimals), `ms` the stamps.

    `hint` is (next row, readings, schema) of the last Queue on this folder, if that outlived a
    sleep or a crash: it saves reading the tail segment. `size_max` bounds the segments, in bytes.
    New rows become frames of `kind`, ROWS or RICE. The last `own_count` of the channels are the
    node's own.
    `on_drop(row, readings)` is called before the rows below a row are deleted; so many readings
    are settled for an uplink that stands there. It returns False to forbid it for now.
    """

    # Whether a wake goes on from the row that the stage took last.
    follows_stage = False
    # Called between pieces of a walk, if set: see stride.py.
    idle = None
    # While rows are walked that must stay no segment goes, nor is replaced.
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
        # The uplinks whose ledgers are in use; and whether a segment is being thinned, if known.
        self.uploads = ()
        self.is_thinning = None
        # The reader of all uploads, once there is one.
        self.upload_reader = None
        self.root = root
        self.folder = root + "/segments"
        self.row_path = root + "/rows/open"
        self.schema = segment.schema_crc(channels, ms)
        # The segment that takes frames, -1 until the first one is to be moved; all of them, and
        # the folders in which they lie; the bytes at which one is full.
        self.tail = -1
        self.listed = None
        self.places = {}
        self.segment_size = segment.size_full(size_max)
        self.next_row = self.readings = self.moves = self.damaged = 0
        # Whether the row file's frame may have been moved already.
        self.check_moved = False
        self.writer = RowsWriter(len(channels), INLINE_SIZE_MAX, kind, own_count)
        from wherry.queue import recovery

        recovery.recover(self, hint)

    def hint(self):
        """Return what the next Queue on this folder may take as its hint."""
        return self.next_row, self.readings, self.schema

    @property
    def segments(self) -> list:
        """The segments' names, oldest first. To list them takes so long that few wakes do."""
        if self.listed is None:
            from wherry.queue import listing

            self.listed = listing.list_segments(self)
        return self.listed

    def path(self, name: int) -> str:
        """Return the path of a segment, the tail's if they are not listed."""
        return "%s/%s/%010x" % (self.root, self.places.get(name, "rows"), name)

    def look(self) -> None:
        """Find out whether a segment is being thinned."""
        try:
            os.stat(self.folder + "/thinned")
            self.is_thinning = True
        except OSError:
            self.is_thinning = False

    def append(self, *row) -> int:
        """Make a row (what put_row takes after its number) durable; return its number.

        Raises OSError where the flash does: the row is then not in the queue.
        """
        from wherry.queue import append

        return append.append(self, *row)

    def extend(self, rows) -> int:
        """Make many rows durable, each as `append` takes it; return how many they were.

        Raises OSError where the flash does: the rows below `next_row` are then in the queue.
        """
        from wherry.queue import many

        return many.extend(self, rows)

    def make_room(self) -> None:
        """Drop the oldest rows if it is full; raises OSError where the flash does."""
        from wherry.queue import room

        room.make_room(self)

    def reader(self):
        """Return what walks the rows: QueueReader says how."""
        from wherry.queue.reader import QueueReader

        return QueueReader(self)

    def ledger(self, label: str):
        """Return the ledger of the uplink that is called so."""
        from wherry.queue.ledger import in_file

        return in_file("%s/cursors/%s" % (self.root, label))

    def spill(self) -> None:
        """Move the row file's rows to the tail segment; raises OSError where the flash does."""
        from wherry.queue import append

        append.spill(self)
