"""Fills the queue in a board's image as its node would, on MicroPython and the image's littlefs.

    micropython fill.py LIB IMAGE SIZE_MAX FIRST_S < CHANNELS

LIB is that of the firmware whose formats are wanted. Prints {"rows": [first, end], "first_s",
"end_s"} as JSON: `row` tells what was put in, its times counted from `first_s`.
"""

import json
import sys

BLOCK_SIZE = 4096
LABEL = "harbor"
STEP_S = 60
SET_ASIDE = 3
THINNED = 100_000


def row(i):
    """Return (s, values) of the i-th row: they differ much, so that few rows fill a frame."""
    values = 2150 if i & 1 else -1200, 4800 if i & 2 else 9100, 101_325 if i & 1 else 96_400
    return STEP_S * i, values


class ImageFlash:
    """The image of a filesystem as a block device."""

    def __init__(self, path):
        self._file = open(path, "r+b", 0)
        self._count = self._file.seek(0, 2) // BLOCK_SIZE

    def readblocks(self, block, buffer, offset=0):
        self._file.seek(block * BLOCK_SIZE + offset)
        self._file.readinto(buffer)

    def writeblocks(self, block, buffer, offset=0):
        self._file.seek(block * BLOCK_SIZE + offset)
        self._file.write(buffer)

    def ioctl(self, request, block):
        if request == 4:
            return self._count
        if request == 5:
            return BLOCK_SIZE
        return 0


def fill(root, channels, size_max, first_s):
    """Fill the queue until its oldest rows were thinned."""
    from wherry import once
    from wherry.queue import Queue
    from wherry.upload import Upload

    queue = Queue(root, channels, True, size_max)
    first = queue.next_row
    ledger = queue.ledger(LABEL)
    upload = Upload(LABEL, None, {}, queue, ledger, root + "/aside", None)
    queue.uploads = [upload]
    queue.on_drop = lambda end, settled: upload.drop(end, settled) or True
    # Whatever the board kept for its next upload counts as sent.
    ledger.delivered += upload.waiting()
    while ledger.thinned < THINNED:
        i = queue.next_row - first
        s, values = row(i)
        number = queue.append(1, 0, first_s + s, 250, 7, values)
        if i < SET_ASIDE:
            refuse(ledger, root, number, channels[1], values[1], first_s + s)
        if queue.is_thinning and i % 4 == 0:
            once("wherry.thinning", "work", queue, first_s + s)
    rows = [first, queue.next_row]
    return {"rows": rows, "first_s": first_s, "end_s": first_s + s}


def refuse(ledger, root, number, channel, value, s):
    """Settle a row, whose second reading the server has refused."""
    from wherry.aside import Aside

    Aside(root + "/aside").add(number, 1, channel, value, s, 250, 400, "unknown cargo", LABEL)
    ledger.delivered += 2
    ledger.set_aside += 1
    ledger.row, ledger.channel = number + 1, 0
    ledger.save()


if __name__ == "__main__":
    import vfs

    sys.path.insert(0, sys.argv[1])
    vfs.mount(vfs.VfsLfs2(ImageFlash(sys.argv[2])), "/board")
    listed = [tuple(channel) for channel in json.loads(sys.stdin.read())]
    print(json.dumps(fill("/board/data", listed, int(sys.argv[3]), int(sys.argv[4]))))
    vfs.umount("/board")
