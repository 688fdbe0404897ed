"""RTC memory as in docs/spec.md, written by hand."""

import struct

from support.queue.by_hand import with_crc
from support.queue.rows_by_spec import frame_of
from wherry.stage.state import new_state

SEED = 20261123
COPIES, RECORDS, ROWS_AT, END = (0, 1720), (332, 360), 388, 1661
# The fields of a copy in the order of the spec, each with its struct code.
SPEC_FIELDS = (
    ("boot", "I"), ("zero_ms", "q"), ("pending_ms", "q"), ("saved_ticks", "q"), ("synced", "B"),
    ("ref_ticks", "q"), ("ref_ms", "q"), ("drift_ppm", "i"), ("last_ms", "q"),
    ("clock_error_ms", "i"), ("sample_due", "q"), ("send_due", "q"), ("sync_due", "q"),
    ("health_due", "q"), ("failures", "B"), ("crashes", "I"), ("sensor_errors", "I"),
    ("next_row", "Q"), ("readings", "Q"), ("schema", "I"), ("network", "B"), ("lease", "16s"),
    ("lease_due", "q"), ("server", "4s"), ("server_crc", "I"), ("server_due", "q"), ("gap", "B"),
    ("flush_due", "q"), ("ring_page", "I"), ("ring_at", "I"), ("ring_step", "I"),
    ("uplinks", "34s"), ("own_last_ms", "q"), ("fast_last_ms", "q"), ("busy", "80s"),
)  # fmt: skip


def state_of(boot):
    """Return a state that is empty except for the number of the boot."""
    state = new_state()
    state.boot = boot
    return state


def copy_of(state, sequence):
    """Return the bytes of a state's copy with a sequence."""
    content = b"Wy\3\0" + struct.pack("<I", sequence)
    for name, code in SPEC_FIELDS:
        content += struct.pack("<" + code, getattr(state, name))
    return with_crc(content)


def record_of(sequence, at, bits, rows, waiting, first, crc):
    return with_crc(struct.pack("<IHHHHQI", sequence, at, bits, rows, waiting, first, crc))


class Model:
    """The expected content of the part of RTC memory that has the rows, from docs/spec.md."""

    def __init__(self, kind):
        self.kind, self.sequence, self.at, self.rows = kind, 2, ROWS_AT, []
        self.waiting = self.first = 0

    def append(self, row):
        if not self.waiting:
            self.first = row[0]
            if self.at > ROWS_AT:
                self.rows = []
            self.at = ROWS_AT
        if not (self.rows and self._take(self.rows + [row])):
            if self.rows and self.waiting:
                self.at += len(self.frame)
            self._take([row])
        self.waiting += 1
        self.sequence += 1

    def _take(self, rows):
        heads = {(each[1], each[2]) for each in rows}
        found = frame_of(self.kind, rows, 3)
        frame = found.whole()
        if len(heads) > 1 or len(frame) > min(240, END - self.at):
            return False
        self.rows, self.frame, self.bits = rows, frame, 16 + found.ends[-1]
        return True

    def record(self):
        crc = int.from_bytes(self.frame[-4:], "little")
        counts = len(self.rows), self.waiting, self.first, crc
        return record_of(self.sequence, self.at, self.bits, *counts)
