"""`micropython cpu.py LIB WAY REPEATS FOLDER` does work that is counted from outside.

WAY is a function below, or another project's encoding of a row. All ways have the same readings,
and the work before the first repeat is the same for any number of repeats.
"""

import sys

sys.path.insert(0, sys.argv[1])

import others
import wherry
from traces import Trace
from wherry.queue.ledger import in_file
from wherry.queue.queue import Queue
from wherry.queue.reader import QueueReader
from wherry.rows.frame import RICE, ROWS
from wherry.rows.put import put_row
from wherry.rows.reader import RowsReader
from wherry.rows.writer import RowsWriter
from wherry.sending.batch.batch import Batch
from wherry.uplinks.harbor import dialect as harbor

# 200 readings, the maximum of a batch for Harbor.
ROW_COUNT = 40
READING_COUNT = 200
_INLINE_SIZE_MAX = 128
_SETTINGS = {"name": "node-1", "endpoint": "https://example.com", "api_key": "key"}


def encode(kind, trace, rows):
    """Return a function that encodes the rows into frames as the queue does."""
    writer = RowsWriter(len(trace.channels), _INLINE_SIZE_MAX, kind)

    def work():
        row = 0
        for flags, boot, s, ms, mask, values in rows:
            if not put_row(writer, row, flags, boot, s, ms, mask, values):
                writer.close()
                writer.clear()
                put_row(writer, row, flags, boot, s, ms, mask, values)
            row += 1

    return work


def decode(kind, trace, rows):
    """Return a function that reads the same frames again."""
    writer = RowsWriter(len(trace.channels), _INLINE_SIZE_MAX, kind)
    frames = []
    for row, arguments in enumerate(rows):
        if not put_row(writer, row, *arguments):
            frames.append(writer.frame())
            writer.clear()
            put_row(writer, row, *arguments)
    frames.append(writer.frame())
    readers = [RowsReader(frame, len(trace.channels)) for frame in frames]

    def work():
        for reader in readers:
            reader.open(0)
            while reader.next():
                pass

    return work


def packed(kind, trace, rows):
    """Return a function that creates the same body as gzip."""
    return batch(kind, trace, rows, dict(_SETTINGS, gzip=True))


def batch(kind, trace, rows, settings=_SETTINGS):
    """Return a function that creates the body of a batch, from the flash to the last byte."""
    # The queue is in the host's files, because a flash in Python would take longer than all other
    # work.
    root = sys.argv[4]
    queue = Queue(root, trace.channels, trace.ms, 1 << 20, None, kind)
    for row in rows:
        queue.append(*row)
    queue.spill()
    found = Batch(QueueReader(queue), in_file(root + "/none"), lambda flags, boot, s, ms: (s, ms))
    wherry.keep()

    def work():
        size = 0
        request = harbor.next_request(settings, None, found)
        for piece in request.body:
            size += len(piece)
        assert request.body_size in (size, -1) and found.count == READING_COUNT
        # The link does the same, so that the next body loads the modules that it needs.
        wherry.free()

    return work


def another(way, trace, rows):
    """Return a function that encodes rows in the way of another project."""
    make = others.WAYS[way][0]

    def work():
        for row in rows:
            make(row, trace.channels)

    return work


def whole(trace, rows):
    """Return a function that creates the batch's body from dicts, in one piece."""

    def work():
        items = []
        for row in rows:
            items.extend(others.items(row, trace.channels))
        others.json.dumps(items)

    return work


def main(way, repeats):
    """Do the work."""
    trace = Trace("env5")
    rows = list(trace.rows(ROW_COUNT))
    name, _, coding = way.partition("_")
    if coding:
        kind = RICE if coding == "rice" else ROWS
        ways = {"encode": encode, "decode": decode, "batch": batch, "packed": packed}
        work = ways[name](kind, trace, rows)
    elif name == "whole":
        work = whole(trace, rows)
    else:
        work = another(name, trace, rows)
    for _ in range(repeats):
        work()


if __name__ == "__main__":
    main(sys.argv[2], int(sys.argv[3]))
