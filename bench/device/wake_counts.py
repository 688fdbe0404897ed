"""`micropython wake_counts.py LIB READSIZE DIVISOR` prints the reads of a wake as JSON.

A wake mounts the filesystem, opens the queue with its hint and makes one row durable. Rows of five
channels come every minute until the queue is thinned; then it is drained. One row in 64 is such a
wake, and so is each row that may begin a segment. Next to the queue are two one-file slots and a
node's small files. READSIZE is the root mount's read size: 32, or 256 as the loader mounts it.
DIVISOR is as in flash_counts.py: it divides the queue's space.
"""

import json
import os
import sys

sys.path.insert(0, sys.argv[1])

import vfs
from ram_flash import BLOCK_COUNT, BLOCK_SIZE, FILL_LIMIT, CountingFlash, used_blocks
from traces import Trace
from wherry.queue import thinning
from wherry.queue.queue import Queue
from wherry.queue.room import queue_size
from wherry.rows import segment
from wherry.sending.begin import begin
from wherry.sending.upload import Upload

_ROOT = "/flash/data"
_READ_SIZE = int(sys.argv[2])
_STEP = 64
_SLOT_SIZE = 110_000
_SMALL_FILES = (
    ("main.py", 2600), ("slot", 2), ("data/settings", 1800), ("data/boot", 8), ("data/gaps", 8),
    ("data/anchors", 24), ("data/crash", 40),
)  # fmt: skip
# The metadata of the queue's folders.
_FOLDER_BLOCKS = 16
_FULL_COUNT = 40_000
_DRAIN_ROWS = 900
_BATCH = 100
_NOW_S = 848_000_000


class Counts:
    """Reads, bytes and erases, with one entry for each measured wake."""

    def __init__(self):
        self.reads, self.sizes, self.erases = [], [], []

    def take(self, flash):
        self.reads.append(flash.reads)
        self.sizes.append(flash.read_size)
        self.erases.append(flash.erases)

    def reported(self):
        """Return the median, 99th percentile and maximum of reads and bytes, and other figures."""
        found = {"count": len(self.reads)}
        for name, values in (("reads", self.reads), ("bytes", self.sizes)):
            values.sort()
            last = len(values) - 1
            found[name] = [values[last // 2], values[last * 99 // 100], values[last]]
        # 75 us per read and 0.1 us per byte, as in docs/bench.md.
        found["flash_ms"] = [
            round(0.075 * reads + 0.0001 * size, 1)
            for reads, size in zip(found["reads"], found["bytes"])
        ]
        found["erases"] = round(sum(self.erases) / len(self.erases), 3)
        return found


class Node:
    """A node's flash and queue; `wake` mounts and opens it again."""

    def __init__(self, divisor):
        self.flash = CountingFlash()
        vfs.VfsLfs2.mkfs(self.flash)
        vfs.mount(vfs.VfsLfs2(self.flash), "/flash")
        for folder in ("data", "data/cursors", "data/aside"):
            os.mkdir("/flash/" + folder)
        for name, size in _SMALL_FILES + (("a.slot", _SLOT_SIZE), ("b.slot", _SLOT_SIZE)):
            with open("/flash/" + name, "wb") as file:
                file.write(b"\x5a" * size)
        room = int(BLOCK_COUNT * FILL_LIMIT) - used_blocks() - _FOLDER_BLOCKS
        self.size_max = room * BLOCK_SIZE // divisor
        self.trace = Trace("env5")
        self.rows = self.trace.rows(1 << 30)
        self.random = 12345
        self.queue = None
        self.open(None)

    def open(self, hint):
        trace = self.trace
        self.queue = queue = Queue(_ROOT, trace.channels, trace.ms, self.size_max, hint)
        ledger = queue.ledger("harbor")
        self.upload = Upload("harbor", None, {}, queue, ledger, _ROOT + "/aside", None)
        queue.uploads = [self.upload]
        queue.on_drop = self._on_drop

    def _on_drop(self, end, settled):
        self.upload.ledger.drop(end, settled)
        return True

    def wake(self):
        """Start counting, mount and open."""
        hint = self.queue.hint()
        was_thinning = self.queue.is_thinning
        vfs.umount("/flash")
        self.flash.reset()
        vfs.mount(vfs.VfsLfs2(self.flash, readsize=_READ_SIZE), "/flash")
        self.open(hint)
        # The value is in the note, which is not read with a hint; a node reads it when it uploads.
        self.queue.is_thinning = was_thinning

    def is_measured(self):
        """Return True if the next row is to be a separate wake."""
        self.random = self.random * 1103515245 + 12345 & 0x3FFFFFFF
        return (self.random >> 12) % _STEP == 0

    def may_begin_segment(self):
        queue = self.queue
        if queue.writer.bits >> 3 < 100 or queue.tail < 0:
            return False
        size_full = getattr(queue, "segment_size", segment.SIZE_FULL)
        return os.stat(queue.path(queue.tail))[6] + 260 > size_full


def measure(divisor):
    """Return the cost of wakes while the queue fills, is thinned and drains."""
    node = Node(divisor)
    node.upload.ledger.save()
    filling, begun = Counts(), Counts()
    while not node.queue.is_thinning:
        row = next(node.rows)
        begins = node.may_begin_segment()
        if begins or node.is_measured():
            tail = node.queue.tail
            node.wake()
            node.queue.append(*row)
            (begun if node.queue.tail not in (-1, tail) else filling).take(node.flash)
        else:
            node.queue.append(*row)
    found = {"rows": node.queue.next_row, "size_max": node.size_max}
    found["size"] = queue_size(node.queue)
    found["segments"] = len(node.queue.segments)
    found["filling"], found["begins"] = filling.reported(), begun.reported()
    found["thinned_rows"], found["thinning"] = _full(node, _FULL_COUNT // divisor)
    found["uploading"] = _drain(node, _DRAIN_ROWS // divisor)
    found["used"] = used_blocks() / BLOCK_COUNT
    return found


def _full(node, count):
    """Continue with a full queue, with a step of thinning at the end of each wake."""
    rows, pieces = Counts(), Counts()
    for _ in range(count):
        row = next(node.rows)
        is_measured = node.queue.is_thinning or node.is_measured() or node.may_begin_segment()
        if is_measured:
            node.wake()
        node.queue.append(*row)
        if is_measured:
            rows.take(node.flash)
        if node.queue.is_thinning:
            node.flash.reset()
            thinning.work(node.queue, _NOW_S)
            pieces.take(node.flash)
    return rows.reported(), pieces.reported()


def _drain(node, step):
    """Deliver a batch in each wake; rows in between count as delivered."""
    counts = Counts()
    while True:
        node.wake()
        node.queue.append(*next(node.rows))
        upload = node.upload
        begin(upload, 0)
        batch = upload.batch
        batch.open(_BATCH)
        while batch.next():
            batch.take(batch.mask)
        if batch.count < _BATCH:
            return counts.reported()
        upload.deliver()
        counts.take(node.flash)
        upload.ledger.row += step
        upload.ledger.save()


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[3]))))
