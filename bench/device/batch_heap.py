"""`micropython batch_heap.py LIB FOLDER WAY COUNT` prints the heap for a batch's body in bytes.

All of the heap except one piece is filled; bisection finds the smallest piece in which the body is
created without a MemoryError. WAY is `stream` (wherry's body, piece by piece) or `dicts`.
"""

import gc
import sys

sys.path.insert(0, sys.argv[1])

import others
from traces import Trace
from wherry.queue.ledger import in_file
from wherry.queue.queue import Queue
from wherry.queue.reader import QueueReader
from wherry.sending.batch.batch import Batch

# The unit of the heap on the 64-bit build.
_BLOCK_SIZE = 32
_ROOM_MAX = 1 << 19
_SETTINGS = {"name": "node-1", "endpoint": "https://example.com", "api_key": "key"}


def lifted():
    """Return the module harbor without its limits on size and count."""
    with open(sys.argv[1] + "/wherry/uplinks/harbor/dialect.py") as file:
        source = file.read()
    for limit in ("const(200)", "const(24_000)"):
        assert limit in source, "harbor's limits are written in another way now"
        source = source.replace(limit, "const(1_000_000)")
    names = {"__name__": "harbor"}
    exec(source, names)
    return names


def main(root, way, count):
    """Print the smallest size."""
    trace = Trace("env5")
    rows = list(trace.rows(count // len(trace.channels)))
    queue = Queue(root, trace.channels, trace.ms, 1 << 20)
    for row in rows:
        queue.append(*row)
    queue.spill()
    found = Batch(QueueReader(queue), in_file(root + "/none"), lambda flags, boot, s, ms: (s, ms))
    found.learned_max = count
    next_request = lifted()["next_request"]

    def stream():
        for piece in next_request(_SETTINGS, None, found).body:
            assert len(piece)
        assert found.count == count

    def dicts():
        items = []
        for row in rows:
            items.extend(others.items(row, trace.channels))
        others.json.dumps(items)

    work = stream if way == "stream" else dicts
    work()
    filling = [None] * 8000
    low, high = 0, _ROOM_MAX // _BLOCK_SIZE
    while high - low > 1:
        middle = (low + high) // 2
        if suffices(middle * _BLOCK_SIZE, work, filling):
            high = middle
        else:
            low = middle
    print(high * _BLOCK_SIZE)


def suffices(size, work, filling):
    """Return True if the work can be done in `size` bytes."""
    gc.collect()
    room = bytearray(size)
    fill(filling)
    del room
    gc.collect()
    try:
        work()
        return True
    except MemoryError:
        return False
    finally:
        for i in range(len(filling)):
            filling[i] = None
        gc.collect()


def fill(filling):
    """Fill the rest of the heap."""
    size = 1 << 20
    at = 0
    while size >= _BLOCK_SIZE:
        try:
            filling[at] = bytearray(size - 1)
            at += 1
        except MemoryError:
            size //= 2


if __name__ == "__main__":
    main(sys.argv[2], sys.argv[3], int(sys.argv[4]))
