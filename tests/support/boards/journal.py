"""A flash image that records its writes, so that a test can cut at each of them."""

import struct

from wherry_host.install.target_image import ImageTarget
from wherry_host.partitions import BLOCK_SIZE


class JournalTarget(ImageTarget):
    """An ImageTarget with `writes`, a list of (address, bytes, or b"" for an erase)."""

    def __init__(self, path, size):
        super().__init__(path, size)
        self.writes = []
        context = self._image._context
        prog = context.prog

        def noted_prog(cfg, block, off, data):
            self.writes.append((block * BLOCK_SIZE + off, bytes(data)))
            return prog(cfg, block, off, data)

        def noted_erase(cfg, block):
            self.writes.append((block * BLOCK_SIZE, b""))
            # The stock erase function would be recorded as a program.
            return prog(cfg, block, 0, b"\xff" * BLOCK_SIZE)

        context.prog, context.erase = noted_prog, noted_erase


def packed(writes):
    """Return the writes as starts.py reads them."""
    return b"".join(struct.pack("<II", at, len(data)) + data for at, data in writes)
