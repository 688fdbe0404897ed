"""Fresh folders for tests: on a littlefs in RAM on MicroPython, temporary folders on CPython."""

import sys

_BLOCK_SIZE = 4096


if sys.implementation.name == "micropython":
    import os

    import vfs

    class RamFlash:
        """A block device of 4 KB blocks."""

        def __init__(self, block_count):
            self.view = memoryview(bytearray(_BLOCK_SIZE * block_count))
            self.block_count = block_count

        def readblocks(self, block, buffer, offset=0):
            start = block * _BLOCK_SIZE + offset
            buffer[:] = self.view[start : start + len(buffer)]

        def writeblocks(self, block, buffer, offset=0):
            start = block * _BLOCK_SIZE + offset
            self.view[start : start + len(buffer)] = buffer

        def ioctl(self, op, arg):
            if op == 4:
                return self.block_count
            if op == 5:
                return _BLOCK_SIZE
            return 0

    _mounted = []

    def fresh(block_count=128):
        """Return the path of an empty folder on a new littlefs."""
        while _mounted:
            _mounted.pop()
            vfs.umount("/fresh")
        flash = RamFlash(block_count)
        vfs.VfsLfs2.mkfs(flash)
        vfs.mount(vfs.VfsLfs2(flash), "/fresh")
        _mounted.append(flash)
        os.mkdir("/fresh/data")
        return "/fresh/data"

    def mounted_again():
        """Mount the newest littlefs again, as a start after a power cut does."""
        vfs.umount("/fresh")
        vfs.mount(vfs.VfsLfs2(_mounted[0]), "/fresh")

else:
    import atexit
    import shutil
    import tempfile

    def fresh(block_count=128):
        """Return the path of an empty folder that is removed when the process ends."""
        path = tempfile.mkdtemp(prefix="wherry-test-")
        atexit.register(shutil.rmtree, path, ignore_errors=True)
        return path

    def mounted_again():
        """Do nothing: a start of CPython mounts nothing."""
