"""The memory of a simulated flash, in which the power may fail during an operation."""

from littlefs import UserContext

from wherry_host.virtual.image import PARAMETERS

_EIO = 5
_SIZE = PARAMETERS["block_size"]
_ERASED = b"\xff" * _SIZE


class Memory(UserContext):
    """The blocks of a flash, all erased at first."""

    def __init__(self, size):
        self.content = bytearray(b"\xff" * size)
        #: The number of the operation, counted from 1, at which the power fails; None: never.
        self.fails_at = None
        #: Whether the power has failed: from then on, each operation fails.
        self.is_off = False

    def read(self, cfg, block, off, size):
        at = block * _SIZE + off
        return self.content[at : at + size]

    def prog(self, cfg, block, off, data):
        at = block * _SIZE + off
        size = self._done_size(len(data))
        self.content[at : at + size] = data[:size]
        return -_EIO if self.is_off else 0

    def erase(self, cfg, block):
        size = self._done_size(_SIZE)
        self.content[block * _SIZE : block * _SIZE + size] = _ERASED[:size]
        return -_EIO if self.is_off else 0

    def _done_size(self, size):
        """Return how many bytes an operation completes: half of them if the power fails in it."""
        if self.is_off:
            return 0
        if self.fails_at is None:
            return size
        self.fails_at -= 1
        if self.fails_at > 0:
            return size
        self.is_off = True
        return size // 2

    def sync(self, cfg):
        return 0
