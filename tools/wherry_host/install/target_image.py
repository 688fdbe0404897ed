"""The flash image of a virtual board that is off, as a place to deploy to (see slots.py)."""

import contextlib
import hashlib
from pathlib import Path

import littlefs

from wherry_host.install.slots import BLOCK_SIZE, failure
from wherry_host.partitions import RING, named
from wherry_host.virtual.image import Image, in_image


class ImageTarget:
    """A board's flash image; the board must be off.

    A missing image is created, with a filesystem of `size` bytes and a ring of `ring_size` bytes.
    """

    def __init__(self, path, size, ring_size=0):
        if not Path(path).exists():
            Image.create(path, size, ring_size)
        self._image = Image(path)
        self._ring = named(in_image(path)[0], RING)
        self._fs = self._image.fs

    def __enter__(self):
        with _lfs_errors():
            self._image.__enter__()
        return self

    def __exit__(self, *error):
        self._image.__exit__(*error)

    def read(self, path):
        """Return the bytes of a file, or None if it does not exist."""
        try:
            return self._image.read(path)
        except FileNotFoundError:
            return None

    def digest(self, path):
        """Return the SHA-256 of a file in hex, or None if it does not exist."""
        content = self.read(path)
        return None if content is None else hashlib.sha256(content).hexdigest()

    def size(self, path):
        """Return a file's size in bytes, or 0 if it does not exist."""
        return len(self.read(path) or b"")

    def write(self, path, data, progress=None, done=0):
        """Write a file whose first `done` bytes exist, and its parent folders."""
        with _lfs_errors():
            self._image.write(path, data)
        if progress:
            progress(len(data), len(data))

    def remove(self, path):
        """Remove a file."""
        self._fs.remove(path)

    def rename(self, old, new):
        """Replace a file with another, in one step."""
        self._fs.rename(old, new)

    def ring_size(self):
        """Return the size of the board's ring in bytes, or 0 if it has none."""
        return self._ring.size if self._ring else 0

    def free_size(self):
        """Return the number of bytes in unused blocks."""
        return (self._fs.block_count - self._fs.used_block_count) * BLOCK_SIZE


@contextlib.contextmanager
def _lfs_errors():
    try:
        yield
    except littlefs.LittleFSError as error:
        raise failure(-error.code, str(error)) from None
