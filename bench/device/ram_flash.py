"""A counting flash in RAM: 512 blocks of 4 KB with NOR's bit rules, and littlefs on it.

`CountingFlash` has MicroPython's block device methods; `mounted` puts a filesystem on it, with 200
KB of other files, like a node's own programs. DO NOT DEPLOY: only for the bench.
"""

import os

import vfs
from micropython import const

BLOCK_SIZE = const(4096)
BLOCK_COUNT = const(512)
# The fill level above which littlefs becomes slow.
FILL_LIMIT = 0.85
# Each has one block; 8 KB in one file would take three blocks, because of littlefs's pointers.
_OTHER_FILES = const(50)
_ERASED = b"\xff" * BLOCK_SIZE


class CountingFlash:
    """A flash that counts, since `reset`, reads, read_size (bytes), programs and erases."""

    def __init__(self):
        self._view = memoryview(bytearray(_ERASED * BLOCK_COUNT))
        self.reset()

    def reset(self):
        self.reads = self.read_size = self.programs = self.erases = 0

    def readblocks(self, block, buffer, offset=0):
        at = block * BLOCK_SIZE + offset
        buffer[:] = self._view[at : at + len(buffer)]
        self.reads += 1
        self.read_size += len(buffer)

    def writeblocks(self, block, buffer, offset=0):
        at = block * BLOCK_SIZE + offset
        self._view[at : at + len(buffer)] = buffer
        self.programs += 1

    def ioctl(self, op, arg):
        if op == 4:
            return BLOCK_COUNT
        if op == 5:
            return BLOCK_SIZE
        if op == 6:
            at = arg * BLOCK_SIZE
            self._view[at : at + BLOCK_SIZE] = _ERASED
            self.erases += 1
        return 0


def mounted():
    """Return a new flash with its filesystem mounted at /flash."""
    flash = CountingFlash()
    vfs.VfsLfs2.mkfs(flash)
    vfs.mount(vfs.VfsLfs2(flash), "/flash")
    os.mkdir("/flash/other")
    for i in range(_OTHER_FILES):
        with open("/flash/other/%d" % i, "wb") as file:
            file.write(_ERASED)
    flash.reset()
    return flash


def mounted_again(flash):
    """Mount the same flash again, as after power-on; counting starts before the mount."""
    vfs.umount("/flash")
    flash.reset()
    vfs.mount(vfs.VfsLfs2(flash), "/flash")


def used_blocks():
    """Return the number of used blocks."""
    stat = os.statvfs("/flash")
    return stat[2] - stat[3]
