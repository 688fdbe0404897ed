"""The stage: rows and the state in RTC memory, which a power cut erases.

The chip keeps no checksum, and a reset may come in the middle of a write. So copies and slots are
written alternately, and the open frame only grows: the record has the end and the CRC of its rows,
so a reset costs at most the row being added. recovery.py reads all of it on wake; memory.py has
the offsets.
"""

import struct
from binascii import crc32

from wherry.rows.frame import ROWS, SIZE_MAX
from wherry.rows.writer import RowsWriter
from wherry.stage.memory import (
    COPY_B_AT,
    FORM,
    MAGIC,
    ROWS_AT,
    SLEEP_CLOCK_AT,
)


class Stage:
    """`buffer` is RTC memory, or a copy of it that `flush()` writes back.

    `count` rows wait for the queue; the first of them is number `first`. `state` is None if
    neither copy is intact, as after a power cut; call `new_state` in that case. New frames are of
    `kind`. The last `own_count` channels are the node's own. `open_writer` has the open frame, or
    None until one is needed.
    """

    def __init__(self, buffer, flush, channel_count: int, kind: int = ROWS, own_count: int = 0):
        self.buffer = buffer
        self.flush = flush
        self.state = None
        self.sequence = self.record_sequence = self.count = self.first = 0
        self._form = channel_count, SIZE_MAX, kind, own_count
        self.open_writer = None
        self.begin(ROWS_AT)
        from wherry.stage import recovery

        recovery.recover(self)

    # State

    def new_state(self):
        """Create and return an empty state; intact rows stay."""
        from wherry.stage.state import new_state

        self.state = new_state()
        self.state.gap = 1
        return self.state

    def save(self) -> None:
        """Write the state over the older copy."""
        self.sequence += 1
        at = COPY_B_AT if self.sequence & 1 else 0
        s = self.state
        # One by one, as in state.py: their names in a tuple would take 1 KB of heap.
        struct.pack_into(
            FORM, self.buffer, at, MAGIC, self.sequence,
            s.boot, s.zero_ms, s.pending_ms, s.saved_ticks, s.synced, s.ref_ticks, s.ref_ms,
            s.drift_ppm, s.last_ms, s.clock_error_ms, s.sample_due, s.send_due, s.sync_due,
            s.health_due, s.failures, s.crashes, s.sensor_errors, s.next_row, s.readings,
            s.schema, s.network, s.lease, s.lease_due, s.server, s.server_crc, s.server_due,
            s.gap, s.flush_due, s.ring_page, s.ring_at, s.ring_step, s.uplinks,
            s.own_last_ms, s.fast_last_ms, s.busy,
        )  # fmt: skip
        self.close(at, struct.calcsize(FORM))
        self.flush()

    def close(self, at, size):
        """Write the CRC after a copy or a record."""
        crc = crc32(memoryview(self.buffer)[at : at + size])
        struct.pack_into("<I", self.buffer, at + size, crc)

    # Rows

    def append(self, *row) -> bool:
        """Keep a row (the arguments of put_row); return False if there is no room for it.

        Also return False if the code cannot be loaded from flash.
        """
        try:
            from wherry.rows.put import put_row
            from wherry.stage import rows
        except OSError:
            return False

        return rows.append(self, put_row, row)

    def waiting(self):
        """Yield a RowsReader at each waiting row, oldest first.

        Raises FrameError at a row of other channels.
        """
        if self.count:
            from wherry.stage import recovery

            yield from recovery.waiting(self, self._form[0], self._form[3])

    @property
    def writer(self) -> RowsWriter:
        """The writer of the open frame; it takes 1 KB of heap, so it is created when needed."""
        if not self.open_writer:
            self.open_writer = RowsWriter(*self._form)
            self._bound()
        return self.open_writer

    def forget_rows(self, is_followed: bool = True) -> None:
        """Forget the rows permanently; the newest one stays known if others follow it."""
        from wherry.stage import rows

        rows.forget_rows(self, is_followed)

    def begin(self, at: int) -> None:
        """Make the next row open a frame at `at`."""
        self.at = at
        if self.open_writer:
            self.open_writer.clear()
            self._bound()

    def _bound(self):
        self.open_writer.size_max = min(SIZE_MAX, SLEEP_CLOCK_AT - self.at)
