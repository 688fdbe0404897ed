"""The queue: rows in flash, numbered for good, oldest dropped (and counted) when it is full.

A row is durable when `append` returns. It first lies in the row file, one frame of at most 128 B
that littlefs keeps inline; when that is full the frame moves to the tail segment beside it. What a
boot, every 16 KB, an upload or many rows at once need stands in queue_recovery, queue_room,
queue_list and queue_many, to spare the heap. docs/spec.md has the bytes.
"""

import os
import struct

from micropython import const

from wherry import once, segment, small_file
from wherry.frame import ROWS, SIZE_MAX
from wherry.rows import popcount
from wherry.rows_writer import RowsWriter

_ENOSPC = const(28)
# How often room is looked for while a segment fills.
LOOKS = const(8)
# What littlefs keeps inline in its folder's log, where rewriting it is almost free.
INLINE_SIZE_MAX = const(128)
NOTE_FORM = "<QIQQB"


class Queue:
    """Rows of one node below a folder; `channels` are (name, unit, decimals), `ms` the stamps.

    `hint` is (next row, readings, schema) of the last Queue on this folder, if that outlived a
    sleep or a crash: it saves reading the tail segment. `size_max` bounds the segments, in bytes.
    New rows become frames of `kind`, ROWS or RICE. The last `own_count` of the channels are the
    node's own.
    `on_drop(row, readings)` is called before the rows below a row are deleted; so many readings
    are settled for an uplink that stands there. It returns False to forbid it for now.
    """

    def __init__(
        self, root: str, channels, ms: bool, size_max: int, hint=None, kind=ROWS, own_count=0
    ):
        self.channels = channels
        self.own_count = own_count
        self.ms = ms
        self.size_max = size_max
        self.on_drop = None
        # The uplinks whose ledgers are in use; and whether a segment is being thinned, if known.
        self.uploads = ()
        self.is_thinning = None
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
        once("wherry.queue_recovery", "recover", self, hint)

    def hint(self):
        """Return what the next Queue on this folder may take as its hint."""
        return self.next_row, self.readings, self.schema

    @property
    def segments(self) -> list:
        """The segments' names, oldest first. To list them takes so long that few wakes do."""
        if self.listed is None:
            self.listed = once("wherry.queue_list", "list_segments", self)
        return self.listed

    def path(self, name: int) -> str:
        """Return the path of a segment, the tail's if they are not listed."""
        folder = self.places.get(name, "rows")
        form = "%s/%s/%08x" if folder == "segments" else "%s/%s/%010x"
        return form % (self.root, folder, name)

    def look(self) -> None:
        """Find out whether a segment is being thinned."""
        try:
            os.stat(self.folder + "/thinned")
            self.is_thinning = True
        except OSError:
            self.is_thinning = False

    def append(self, flags: int, boot: int, s: int, ms: int, mask: int, values) -> int:
        """Make a row durable and return its number.

        Takes what RowsWriter.add takes. Raises OSError where the flash does: the row is then not
        in the queue.
        """
        row = self.next_row
        writer = self.writer
        if not writer.count or not writer.add(row, flags, boot, s, ms, mask, values):
            self.spill()
            self.ensure_tail(row)
            if not writer.add(row, flags, boot, s, ms, mask, values):
                # One row of many channels: beyond the inline size it costs a block, no more.
                writer.size_max = SIZE_MAX
                if not writer.add(row, flags, boot, s, ms, mask, values):
                    raise ValueError("a row of %d channels does not fit a frame" % len(values))
        try:
            self.write(self.row_path, "wb")
        except OSError:
            once("wherry.queue_recovery", "take_back", self)
            raise
        self.next_row = row + 1
        self.readings += popcount(mask)
        return row

    def extend(self, rows) -> int:
        """Make many rows durable, each as `append` takes it; return how many they were.

        Raises OSError where the flash does: `next_row` then tells which are in the queue.
        """
        return once("wherry.queue_many", "extend", self, rows)

    def reader(self):
        """Return what walks the rows: QueueReader says how."""
        from wherry.queue_reader import QueueReader

        return QueueReader(self)

    def ledger(self, label: str):
        """Return the ledger of the uplink that is called so."""
        from wherry.ledger import in_file

        return in_file("%s/cursors/%s" % (self.root, label))

    def spill(self) -> None:
        """Move the row file's rows to the tail segment; raises OSError where the flash does."""
        writer = self.writer
        if not writer.count:
            return
        self.ensure_tail(writer.row)
        # It is empty by now if a cut came between an earlier move and the row file's next content.
        if writer.count:
            size = os.stat(self.path(self.tail))[6]
            if size + writer.close() > self.segment_size:
                once("wherry.queue_room", "open_segment", self, writer.row)
            elif self.needs_look(size, writer.close()):
                once("wherry.queue_room", "make_room", self)
            self.write(self.path(self.tail), "ab")
        self.moves += 1
        writer.clear()
        writer.size_max = INLINE_SIZE_MAX
        self.put_note(self.next_row, self.readings)

    def ensure_tail(self, row: int) -> None:
        """See to it that the tail segment names the channels of the rows from `row` on."""
        if self.tail < 0:
            once("wherry.queue_tail", "find_tail", self, row)

    def needs_look(self, size: int, more: int) -> bool:
        """Tell whether room is looked for when a tail of `size` bytes grows by `more`."""
        step = self.segment_size // LOOKS
        return size // step != (size + more) // step

    def write(self, path: str, mode: str) -> None:
        """Write the frame in hand; when the flash is full, drop the oldest segment and go on."""
        size = self.writer.close()
        while True:
            try:
                with open(path, mode) as file:
                    file.write(memoryview(self.writer.buffer)[:size])
                return
            except OSError as error:
                full = error.errno == _ENOSPC
                if not full or not once("wherry.queue_room", "drop_oldest", self):
                    raise

    def put_note(self, row: int, readings: int, is_empty: bool = False) -> None:
        """Note what lies below `row`, so that the next start need not read the tail segment.

        `row` is to be the row file's first one, or there is none yet and the row file is empty.
        """
        if row >> 60:
            return  # A damaged frame has said so.
        flags = (1 if is_empty else 0) | (2 if self.is_thinning else 0)
        note = struct.pack(NOTE_FORM, self.tail, self.schema, row, readings, flags)
        try:
            small_file.write(self.root + "/rows/tail", note)
        except OSError:
            pass  # An older note does not fit the row file, and is not believed.
