"""The stage: RTC memory, 2,048 bytes that outlive deep sleep and crashes but not a power cut.

    0     state, copy A (328 B)   magic, sequence, the fields of `State`, CRC32
    328   mark (4 B)              how the last run ended, see firmware/chip.py
    332   records, slots A and B (28 B each)   sequence, what of the rows holds, CRC32
    388   rows: whole frames, the last of which is open
    1720  state, copy B; the newer intact one counts

The chip has no checksum of its own and a reset may come in the middle of a write. So copies and
slots are written in turn, and the rows of the open frame are only added to: the record tells
where they end and what their CRC is, so a reset costs at most the row being added. What a wake
makes of it stands in stage_recovery. docs/spec.md has each field.
"""

import struct
from binascii import crc32

from micropython import const

from wherry import once
from wherry.frame import ROWS, SIZE_MAX
from wherry.rows_writer import RowsWriter

SIZE = const(2048)
COPY_SIZE = const(328)
COPY_B_AT = const(1720)
MARK_AT = const(328)
OLD_MARK_AT = const(228)  # In 0.1.0.
RECORD_AT = const(332)
RECORD_SIZE = const(28)
ROWS_AT = const(388)
# An open frame from here on is the last but one.
FULL_AT = const(1480)
MAGIC = b"Wy\x03\x00"

# The struct codes of magic, sequence and the fields, and bytes that are kept for later ones; q is
# ms since 2000 or of ticks, Q counts rows and readings, beyond a small int on the chip.
FORM = "<4sIIqqqBqqiqiqqqqBIIQQIB16sq4sIqBqIII34s96x"
FIELDS = (
    "boot", "zero_ms", "pending_ms", "saved_ticks", "synced", "ref_ticks", "ref_ms", "drift_ppm",
    "last_ms", "clock_error_ms", "sample_due", "send_due", "sync_due", "health_due", "failures",
    "crashes", "sensor_errors", "next_row", "readings", "schema", "network", "lease", "lease_due",
    "server", "server_crc", "server_due", "gap", "flush_due", "ring_page", "ring_at", "ring_step",
    "uplinks",
)  # fmt: skip
# Sequence; place of the open frame, where its rows end in bits, how many they are; rows that wait
# and the number of the first of them; CRC of the open frame.
RECORD = "<IHHHHQI"


class State:
    """What a node must remember over sleep and crash: an attribute for each of FIELDS."""

    def __init__(self):
        for name in FIELDS:
            setattr(self, name, 0)
        self.gap = 0
        self.lease = bytes(16)
        self.server = bytes(4)
        self.uplinks = bytes(34)


class Stage:
    """`buffer` is RTC memory, or a copy of it that `flush()` puts there.

    `count` rows wait for the queue, the first of them is number `first`. `state` is None if
    neither copy is intact: the power was cut. Call `new_state` then. New frames are of `kind`.
    The last `own_count` channels are the node's own.
    Where 0.1.0 has left rows, `is_old` is True, and nothing is written until they are drained.
    """

    def __init__(self, buffer, flush, channel_count: int, kind: int = ROWS, own_count: int = 0):
        self.buffer = buffer
        self.flush = flush
        self.state = None
        self.is_old = False
        self.sequence = self.record_sequence = self.count = self.first = 0
        self.writer = RowsWriter(channel_count, SIZE_MAX, kind, own_count)
        self.begin(ROWS_AT)
        once("wherry.stage_recovery", "recover", self)

    # State

    def new_state(self) -> State:
        """Start with an empty state; rows that are intact stay."""
        self.state = State()
        self.state.gap = 1
        return self.state

    def save(self) -> None:
        """Write the state over the older copy."""
        if self.is_old:
            return
        self.sequence += 1
        at = COPY_B_AT if self.sequence & 1 else 0
        values = [getattr(self.state, name) for name in FIELDS]
        struct.pack_into(FORM, self.buffer, at, MAGIC, self.sequence, *values)
        self._close(at, struct.calcsize(FORM))
        self.flush()

    def _close(self, at, size):
        """Write the CRC behind a copy or a record."""
        crc = crc32(memoryview(self.buffer)[at : at + size])
        struct.pack_into("<I", self.buffer, at + size, crc)

    # Rows

    def append(self, *row) -> bool:
        """Keep a row (the arguments of RowsWriter.add); False if there is no room for it."""
        writer = self.writer
        if self.is_old:
            return False
        if not self.count and self.at > ROWS_AT:
            self.begin(ROWS_AT)
        added_at = writer.bits >> 3
        if not writer.add(*row):
            if not writer.count:
                return False
            self.begin(self.at + writer.close() if self.count else ROWS_AT)
            added_at = 0
            if not writer.add(*row):
                return False
        end = writer.close()
        at = self.at
        self.buffer[at : at + 2] = writer.buffer[:2]
        self.buffer[at + added_at : at + end] = writer.buffer[added_at:end]
        if not self.count:
            self.first = row[0]
        self.count += 1
        self.note()
        return True

    def rows(self):
        """Yield the rows that wait, oldest first, as a RowsReader that stands on each.

        Raises FrameError at a row of other channels than ours.
        """
        if self.count:
            form = self.writer.channel_count, self.writer.own_count
            yield from once("wherry.stage_recovery", "waiting", self, *form)

    def drained(self) -> None:
        """Forget the rows, for good."""
        self.count = 0
        if self.is_old:
            once("wherry.stage_recovery", "end_old", self)
        # Once in each slot: what takes the newer one brings no row back.
        self.note()
        self.note()

    def begin(self, at: int) -> None:
        """Let the next row open a frame at a place."""
        self.at = at
        self.writer.clear()
        end = SIZE if self.is_old else COPY_B_AT
        self.writer.size_max = min(SIZE_MAX, end - at)

    def note(self) -> None:
        """Write the record over the older one, and put all into RTC memory."""
        if self.is_old:
            return
        self.record_sequence += 1
        at = RECORD_AT + RECORD_SIZE if self.record_sequence & 1 else RECORD_AT
        writer = self.writer
        crc = 0
        if writer.count:
            end = writer.close() - 4
            crc = struct.unpack("<I", writer.buffer[end : end + 4])[0]
        struct.pack_into(
            RECORD, self.buffer, at, self.record_sequence, self.at, writer.bits, writer.count,
            self.count, self.first, crc,
        )  # fmt: skip
        self._close(at, struct.calcsize(RECORD))
        self.flush()
