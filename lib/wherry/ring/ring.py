"""The ring: a queue on a raw partition, where each row costs one small flash write and no file.

Pages are used in turn, and the first follows the last; the oldest is dropped and counted one page
before its space is needed. In a page the rows form chains: an absolute frame, then frames that
continue it, one per durable row. Ledgers are between the rows. To save heap, code that is used
only at boot or every 4 KB is in recovery.py, place.py and room.py. docs/spec.md has the bytes.
"""

from micropython import const

from wherry.ring.continuation import go_on
from wherry.ring.pages import PAGE_SIZE, read_head
from wherry.rows import segment
from wherry.rows.frame import ROWS, SIZE_MAX
from wherry.rows.mask import count_bits
from wherry.rows.writer import RowsWriter

# Reserved at a page's end while the oldest page must not be dropped: dropping it writes ledgers,
# which must not wait for room themselves.
_LEDGERS_SIZE = const(320)


class Ring:
    """Rows of one node on `device`; `channels` are (name, unit, decimals), `ms` if stamps have ms.

    `device` is an esp32.Partition, or an object with its readblocks, writeblocks and ioctl.
    Channels' names are in small files below the folder `root`. `hint` is the last Ring's, if it
    survived a sleep or a crash. `place` is its `place()`, if nothing was written since, and `last`
    the stage's newest row: the flash is then not read. `extend` writes frames of `kind`, ROWS or
    RICE. The last `own_count` channels are the node's own. `on_drop(row, readings)` is called
    before the rows below `row` are given up; `readings` is the number settled for an uplink whose
    cursor is there. It returns False to forbid the drop.
    """

    # After a deep sleep, a chain of frames continues from the newest row of the stage.
    follows_stage = True
    # Called between pieces of a walk, if set: see stride.py.
    idle = None

    def __init__(
        self, device, root: str, channels, ms: bool,
        hint=None, place=None, last=None, kind=ROWS, own_count=0,
    ):  # fmt: skip
        self.device = device
        self.channels = channels
        self.own_count = own_count
        self.ms = ms
        self.kind = kind
        self.on_drop = None
        self.is_thinning = False  # A ring only drops its oldest page.
        # The uplinks whose ledgers are in use, and the reader that they share, once created.
        self.uploads = ()
        self.upload_reader = None
        self.root = root
        self.folder = root + "/schemas"
        self.schema = segment.schema_crc(channels, ms)
        self.page_count = device.ioctl(4, 0)
        # The tail page, its sequence if known, and the offset of its next frame.
        self.page = self.next_row = self.readings = self.damaged = self.drops = 0
        self.sequence = None
        self.offset = PAGE_SIZE
        # freed: the page after the tail no longer holds rows. dropping: it is being given up.
        # closed: the tail page takes no more rows, because it is of other channels.
        self.freed = self.dropping = False
        self.closed = True
        # Contents and numbers of the tail page's ledgers by label, None until needed.
        self.ledgers = self.labels = None
        self.writer = RowsWriter(len(channels), SIZE_MAX, ROWS, own_count)
        # The channels whose newest values the writer knows: after a sleep, only those of one row.
        self.known = -1
        from wherry.ring.place import resume

        if not resume(self, hint, place, last):
            from wherry.ring import recovery

            recovery.recover(self, hint)

    def hint(self):
        """Return the hint for the next Ring on this device."""
        return self.next_row, self.readings, self.schema

    def place(self):
        """Return the place of the next row, valid until something is written; see place.py."""
        from wherry.ring import place

        return place.of(self)

    def rest(self, stage) -> None:
        """Save the place in RTC memory; a deep sleep must follow without another write."""
        state = stage.state
        state.ring_page, state.ring_at, state.ring_step = self.place()
        stage.save()

    # Rows

    def append(self, flags: int, boot: int, s: int, ms: int, mask: int, values) -> int:
        """Make a row durable and return its number.

        Takes put_row's arguments after the row's number. Raises OSError if the flash fails, and
        ENOSPC if the oldest rows must not be dropped yet; the row is then not in the queue.
        """
        row = self.next_row
        self._begin(row, flags, boot, s, ms, mask, values)
        self._program(1, count_bits(mask))
        return row

    def extend(self, rows) -> int:
        """Make many rows durable in frames as large as possible; return their number.

        Each of `rows` is as `append` takes it. Raises OSError as `append` does; the rows below
        `next_row` are then in the queue.
        """
        from wherry.rows.put import put_row

        writer = self.writer
        first = self.next_row
        taken = readings = 0
        self.end_chain()
        try:
            for row in rows:
                if not taken or not put_row(writer, self.next_row + taken, *row):
                    if taken:
                        self._program(taken, readings)
                    self.end_chain()
                    self._begin(self.next_row, *row, kind=self.kind)
                    taken = readings = 0
                taken += 1
                readings += count_bits(row[4])
            if taken:
                self._program(taken, readings)
        finally:
            # A row that did not fit has spoilt the chain, and a single row is smaller as varints.
            self.end_chain()
        return self.next_row - first

    def make_room(self) -> None:
        """Give up the oldest page if it is used next; raises OSError if the flash fails."""
        if not self.freed:
            from wherry.ring import room

            room.free_next(self)

    def spill(self) -> None:
        """Do nothing: every row is already in its final place."""

    def end_chain(self) -> None:
        """Make the next row open an absolute frame."""
        self.writer.clear()
        self.known = -1

    def _begin(self, row, flags, boot, s, ms, mask, values, kind=ROWS):
        """Put a row into its own frame, which continues the chain if possible.

        Opens a new page if the frame does not fit. Raises ValueError if the row is too large for
        any frame.
        """
        if not self.freed:
            from wherry.ring import room

            room.free_next(self)
        from wherry.rows.put import put_row

        writer = self.writer
        limit = PAGE_SIZE if self.freed else PAGE_SIZE - _LEDGERS_SIZE
        writer.size_max = 0 if self.closed else min(SIZE_MAX, limit - self.offset)
        if writer.count and not mask & ~self.known:
            go_on(writer, ROWS)
            if put_row(writer, row, flags, boot, s, ms, mask, values):
                return
        for _ in range(2):
            self.end_chain()
            writer.use(kind)
            if writer.size_max > 0 and put_row(writer, row, flags, boot, s, ms, mask, values):
                return
            from wherry.ring import room

            room.open_page(self)
            writer.size_max = SIZE_MAX
        raise ValueError("a row of %d channels does not fit a frame" % len(values))

    def _program(self, count, readings):
        size = self.writer.close()
        self.put(memoryview(self.writer.buffer)[:size])
        self.next_row += count
        self.readings += readings

    def put(self, frame) -> None:
        """Append a frame to the tail page, which must have room for it."""
        try:
            self.device.writeblocks(self.page, frame, self.offset)
        except OSError:
            from wherry.ring import room

            room.give_up(self, len(frame))
            raise
        self.offset += len(frame)

    def tail_sequence(self) -> int:
        """Return the sequence of the tail page, which a place does not include."""
        if self.sequence is None:
            self.sequence = (read_head(self.device, self.page) or (0,))[0]
        return self.sequence

    def schema_path(self, schema: int) -> str:
        """Return the path of the file with a schema's channels."""
        return "%s/%08x" % (self.folder, schema)

    def reader(self):
        """Return a RingReader of the rows."""
        from wherry.ring.reader import RingReader

        return RingReader(self)

    # Ledgers

    def ledger(self, label: str):
        """Return the ledger of the uplink `label`."""
        from wherry.ring.ledgers import RingLedger

        return RingLedger(self, label)

    def keep(self, label: str, content: bytes) -> None:
        """Make a ledger's content durable; raises OSError if the flash fails."""
        from wherry.ring import ledgers

        if self.ledgers is None:
            ledgers.load(self)
        self.ledgers[label] = content
        index, frame = ledgers.frame(self, label, content)
        if self.offset + len(frame) <= PAGE_SIZE:
            self.put(frame)
            self.labels[label] = index
        elif not self.dropping:
            # A new page begins with all ledgers.
            from wherry.ring import room

            room.open_page(self)
