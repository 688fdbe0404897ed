"""RTC memory in a test, and rows to put into it."""

import random

from wherry.rows.frame import MS, ROWS, UNDATED
from wherry.stage.memory import SIZE
from wherry.stage.stage import Stage


class Memory:
    """RTC memory whose flushes copy a buffer; each flush is cut after `torn` bytes."""

    def __init__(self, content=b""):
        self.content = bytearray(content) + bytes(SIZE - len(content))
        self.torn = SIZE

    def stage(self, channel_count, kind=ROWS, own_count=0):
        buffer = bytearray(self.content)
        return Stage(buffer, lambda: self.flush(buffer), channel_count, kind, own_count)

    def flush(self, buffer):
        self.content[: self.torn] = buffer[: self.torn]


def measured(stage):
    """Return the waiting rows in the form in which they were appended."""
    found = []
    for rows in stage.waiting():
        values = [rows.values[i] for i in range(len(rows.values)) if rows.mask >> i & 1]
        found.append((rows.row, rows.flags, rows.boot, rows.s, rows.ms, rows.mask, values))
    return found


def filled(row_count=5, kind=ROWS):
    memory = Memory()
    stage = memory.stage(3, kind)
    assert stage.state is None
    state = stage.new_state()
    state.boot, state.ref_ms, state.lease = 7, 848_000_000_123, bytes(range(16))
    state.drift_ppm = -321
    for i in range(row_count):
        assert stage.append(i, 0, 0, 1000 + i, 0, 5, [i, -i])
    stage.save()
    return memory, stage


def random_rows(count):
    """Return rows of 3 channels, numbered as by a node, with varying stamps, masks and steps."""
    rows, values, s = [], [2000, -5, 100_000], 1000
    flags, boot = 0, 0
    for i in range(count):
        if random.randrange(20) == 0:
            flags = random.choice((0, MS, MS | UNDATED))
            boot = random.randrange(1, 9) if flags & UNDATED else 0
        s += 60 if random.randrange(9) else random.randrange(5000)
        mask = random.choice((7, 7, 7, 5, 2))
        values = [value + random.randrange(-9, 10) for value in values]
        some = [value for j, value in enumerate(values) if mask >> j & 1]
        rows.append((i, flags, boot, s, random.randrange(1000) if flags & MS else 0, mask, some))
    return rows
