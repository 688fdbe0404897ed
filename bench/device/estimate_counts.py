"""`micropython estimate_counts.py LIB READSIZE DIVISOR` prints the reads of estimates as JSON.

A queue of ROW_COUNT dated rows is followed by two boots that never learned the time, as after two
power cuts in one outage. Then a boot learns it: the reads are those of estimates.find. READSIZE is
the root mount's read size: 32, or 256 as the loader mounts it. DIVISOR divides the number of rows.
"""

import json
import os
import sys

sys.path.insert(0, sys.argv[1])

import vfs
from ram_flash import CountingFlash
from wherry.queue.queue import Queue
from wherry.sending.upload import Upload
from wherry.time import estimates
from wherry.time.clock import Clock

# The rows of a full queue on a chip, with three channels.
ROW_COUNT = 136_000
_ROOT = "/flash/data"
_SIZE_MAX = 1_500_000
_CHANNELS = (("temperature", "°C", 2), ("humidity", "%", 2), ("pressure", "hPa", 2))
_BEGIN_S, _STEP_S = 848_000_000, 10
_UNDATED_COUNT = 500
_MS, _UNDATED = 1, 2


class State:
    """The part of the stage's state that a search uses."""

    def __init__(self, boot):
        self.boot = boot


class Link:
    """The time's options of a node."""

    date_min_s = 0
    time = {"error_max_ms": 2000, "ds3231": False}


class Node:
    """A queue of a node's rows, from a mount like that of a start on."""

    link = Link

    def __init__(self, flash, read_size):
        self.idle_count = 0
        vfs.umount("/flash")
        vfs.mount(vfs.VfsLfs2(flash, readsize=read_size), "/flash")
        self.queue = queue = _queue()
        self.clock = Clock(State(4), _ROOT + "/anchors", {}, None)
        parts = {}, queue, queue.ledger("harbor"), _ROOT + "/aside", self.clock.date
        self.uploads = [Upload("harbor", None, *parts)]
        queue.idle = self.idle

    def idle(self):
        self.idle_count += 1


def _queue():
    return Queue(_ROOT, _CHANNELS, False, _SIZE_MAX)


def _fill(count):
    queue = _queue()
    for i in range(count):
        # The values differ so much that about twelve rows fill a frame.
        values = i * 7919 % 16_381, i * 5417 % 16_363, i * 3571 % 16_369
        queue.append(0, 0, _BEGIN_S + _STEP_S * i, 0, 7, values)
    for boot in (2, 3):
        for i in range(_UNDATED_COUNT):
            ms = 1000 * _STEP_S * i
            queue.append(_MS | _UNDATED, boot, ms // 1000, ms % 1000, 7, (i, -i, 7 * i))


def measure(read_size, count):
    """Return the reads of the estimates, their bytes, and what was found."""
    flash = CountingFlash()
    vfs.VfsLfs2.mkfs(flash)
    vfs.mount(vfs.VfsLfs2(flash), "/flash")
    for path in (_ROOT, _ROOT + "/cursors"):
        os.mkdir(path)
    _fill(count)
    node = Node(flash, read_size)
    flash.reset()
    end_ms = 1000 * (_BEGIN_S + _STEP_S * (count + 3 * _UNDATED_COUNT))
    found = estimates.find(node, {1: (0, 1000 * _BEGIN_S), 4: (0, end_ms)}, 100)
    return {
        "rows": node.queue.next_row,
        "segments": len(node.queue.segments),
        "boots": [each[:2] for each in found],
        "reads": flash.reads,
        "bytes": flash.read_size,
        "fed": node.idle_count,
    }


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[2]), ROW_COUNT // int(sys.argv[3]))))
