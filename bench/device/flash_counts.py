"""`micropython flash_counts.py LIB NAME DIVISOR` prints our queue's cost on littlefs as JSON.

NAME is a function below. Each result is {figure: number}. Counts of rows and blocks are divided by
DIVISOR, which is 1 for figures and larger for a test that everything works.
"""

import json
import sys

sys.path.insert(0, sys.argv[1])

from ram_flash import BLOCK_COUNT, FILL_LIMIT, mounted, mounted_again, used_blocks
from traces import Trace
from wherry.queue.queue import Queue
from wherry.queue.room import queue_size
from wherry.rows.frame import RICE, ROWS, SIZE_MAX
from wherry.rows.put import put_row
from wherry.rows.writer import RowsWriter
from wherry.stage.memory import FULL_AT, SIZE
from wherry.stage.stage import Stage

KINDS = {"varint": ROWS, "rice": RICE}
ROW_COUNT = 8640
_FRAMED_COUNT = 6000
# The size of the segments that a fresh mount finds.
_MOUNTED_SIZE = 1 << 20
# The numbers of blocks that are filled before and during the measurement of the rate: three
# segments.
_FIRST_BLOCKS = 20
_SAMPLE_BLOCKS = 96
READINGS_A_DAY = 5 * 1440
_SIZE_MAX = 1 << 30


def frames(divisor):
    """Return the bytes per reading of each trace, in 16-row frames and 64-row Rice frames."""
    found = {}
    for name in ("env5", "ds18b20", "gps4", "accel3", "door"):
        for coding, rows_max in (("varint", 16), ("rice", 64)):
            found[name + "_" + coding] = _framed(
                Trace(name), KINDS[coding], rows_max, _FRAMED_COUNT // divisor
            )
    return found


def _framed(trace, kind, rows_max, row_count):
    writer = RowsWriter(len(trace.channels), SIZE_MAX, kind)
    size = readings = 0
    for row, stamp_and_values in enumerate(trace.rows(row_count)):
        if writer.count == rows_max or not put_row(writer, row, *stamp_and_values):
            size += writer.close()
            writer.clear()
            put_row(writer, row, *stamp_and_values)
        readings += len(trace.channels)
    return (size + writer.close()) / readings


def durable_rows(divisor):
    """Append each row durably, in both codings."""
    found = {}
    for coding, kind in KINDS.items():
        trace = Trace("env5")
        flash = mounted()
        queue = Queue("/flash/data", trace.channels, trace.ms, _SIZE_MAX, None, kind)
        flash.reset()
        for row in trace.rows(ROW_COUNT // divisor):
            queue.append(*row)
        found["erases_" + coding] = 1000 * flash.erases / queue.readings
        found["bytes_" + coding] = queue_size(queue) / (queue.readings - _in_hand(queue))
        _unmount()
    return found


def _in_hand(queue):
    return queue.writer.count * len(queue.channels)


def staged_rows(divisor):
    """Append 16 varint rows or 64 Rice rows at a time, so that full frames go to the segment."""
    found = {}
    for coding, rows_max in (("varint", 16), ("rice", 64)):
        trace = Trace("env5")
        flash = mounted()
        queue = Queue("/flash/data", trace.channels, trace.ms, _SIZE_MAX, None, KINDS[coding])
        flash.reset()
        rows = trace.rows(ROW_COUNT)
        for _ in range(ROW_COUNT // rows_max // divisor):
            queue.extend([next(rows) for _ in range(rows_max)])
        found["erases_%d" % rows_max] = 1000 * flash.erases / queue.readings
        found["bytes_%d" % rows_max] = queue_size(queue) / (queue.readings - _in_hand(queue))
        _unmount()
    return found


def _put(queue, row, size_max, rows_max):
    """Queue a row by way of RAM; it becomes durable with its frame."""
    writer = queue.writer
    if writer.count == rows_max or not put_row(writer, queue.next_row, *row):
        # The queue counts the readings of its frame, which is always closed at this point.
        writer.close()
        queue.spill()
        writer.size_max = size_max
        put_row(writer, queue.next_row, *row)
    queue.next_row += 1
    queue.readings += len(row[-1])


def fresh_mount(divisor):
    """Fill 1 MB of segments, cut the power, and count mount, recovery and the next row."""
    trace = Trace("env5")
    flash = mounted()
    queue = Queue("/flash/data", trace.channels, trace.ms, _SIZE_MAX)
    rows = trace.rows(1 << 30)
    while queue_size(queue) < _MOUNTED_SIZE // divisor:
        for _ in range(1000):
            _put(queue, next(rows), 128, 1000)
    for _ in range(8):
        queue.append(*next(rows))
    found = {"segments": len(queue.segments)}
    for name in ("recovery_", "hinted_"):
        hint = queue.hint() if name == "hinted_" else None
        mounted_again(flash)
        found[name + "mount_reads"] = flash.reads
        queue = Queue("/flash/data", trace.channels, trace.ms, _SIZE_MAX, hint)
        found[name + "reads"] = flash.reads
        found[name + "writes"] = flash.programs + flash.erases
        flash.reset()
        queue.append(*next(rows))
        found[name + "row_programs"] = flash.programs
        found[name + "row_erases"] = flash.erases
    return found


def days_offline(divisor):
    """Return the number of days that the flash would last, for each coding."""
    found = {}
    for coding, kind in KINDS.items():
        trace = Trace("env5")
        mounted()
        queue = Queue("/flash/data", trace.channels, trace.ms, _SIZE_MAX, None, kind)
        rows = trace.rows(1 << 30)

        def write(rows=rows, queue=queue):
            # This is what the queue does, except that the row file stays the same file.
            for _ in range(60):
                _put(queue, next(rows), 128, 1000)
            return queue.readings

        found[coding] = days(write, divisor)
        _unmount()
    return found


def days(write, divisor):
    """Return the days until the fill limit, at the fill rate of a sample of blocks.

    `write` writes some rows and returns the number of readings written in total.
    """
    begin = used_blocks()
    while used_blocks() < begin + _FIRST_BLOCKS // divisor:
        first = write()
    first_used = used = used_blocks()
    while used < first_used + _SAMPLE_BLOCKS // divisor:
        readings = write()
        used = used_blocks()
    free = int(BLOCK_COUNT * FILL_LIMIT) - first_used
    return (first + (readings - first) * free / (used - first_used)) / READINGS_A_DAY


def stage_mode(divisor):
    """Keep rows in RTC memory and queue them all when it is full, for each coding."""
    found = {}
    for coding, kind in KINDS.items():
        trace = Trace("env5")
        flash = mounted()
        queue = Queue("/flash/data", trace.channels, trace.ms, _SIZE_MAX, None, kind)
        stage = Stage(bytearray(SIZE), lambda: None, len(trace.channels), kind)
        rows = trace.rows(1 << 30)
        flash.reset()

        def write(rows=rows, queue=queue, stage=stage):
            for _ in range(60):
                _stage(stage, queue, next(rows))
            return queue.readings

        found["days_" + coding] = days(write, divisor)
        found["erases_" + coding] = 1000 * flash.erases / queue.readings
        found["bytes_" + coding] = queue_size(queue) / (queue.readings - _in_hand(queue))
        _unmount()
    return found


def _stage(stage, queue, row):
    """Keep a row as a node does: move all rows when the last frame with room is begun."""
    if not stage.append(queue.next_row + stage.count, *row):
        raise ValueError("a row does not fit the stage")
    if stage.at < FULL_AT:
        return
    queue.extend(
        (found.flags, found.boot, found.s, found.ms, found.mask, found.values)
        for found in stage.waiting()
    )
    stage.forget_rows(queue.follows_stage)


def staged(_):
    """Return the number of rows that the stage holds; rows that stay in it are coded as Rice."""
    found = {}
    for coding, kind in KINDS.items():
        trace = Trace("env5")
        stage = Stage(bytearray(SIZE), lambda: None, len(trace.channels), kind)
        for row, stamp_and_values in enumerate(trace.rows(2000)):
            if not stage.append(row, *stamp_and_values):
                break
        found["rows_" + coding] = stage.count
    return found


def _unmount():
    import vfs

    vfs.umount("/flash")


if __name__ == "__main__":
    print(json.dumps(globals()[sys.argv[2]](int(sys.argv[3]))))
