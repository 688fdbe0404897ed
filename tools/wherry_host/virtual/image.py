"""Access to a board's flash image while the board is off, with littlefs as on the ESP32.

An image is either a bare filesystem, or the whole flash with a partition table.
"""

from pathlib import Path

import littlefs

from wherry_host import partitions
from wherry_host.partitions import BLOCK_SIZE, TABLE_AT, TABLE_SIZE
from wherry_host.private import make_file

# From MicroPython's ports/esp32 and extmod/vfs_lfs.c.
PARAMETERS = {
    "block_size": BLOCK_SIZE,
    "read_size": 32,
    "prog_size": 32,
    "cache_size": 128,
    "lookahead_size": 32,
    "block_cycles": 100,
}
# A node on battery mounts with a larger cache, with which littlefs keeps larger files inline. A
# reader's cache must be as large: with a smaller one, littlefs cannot read some of these files.
READING = {**PARAMETERS, "cache_size": 1024}


class _File(littlefs.UserContext):
    """Accesses blocks directly in the image file; the stock context logs each operation."""

    def __init__(self, path, start):
        self._file = Path(path).open("r+b")  # noqa: SIM115
        self._start = start

    def read(self, cfg, block, off, size):
        self._file.seek(self._start + block * cfg.block_size + off)
        return bytearray(self._file.read(size))

    def prog(self, cfg, block, off, data):
        self._file.seek(self._start + block * cfg.block_size + off)
        self._file.write(data)
        return 0

    def erase(self, cfg, block):
        return self.prog(cfg, block, 0, b"\xff" * cfg.block_size)

    def sync(self, cfg):
        self._file.flush()
        return 0

    def close(self):
        self._file.close()


class Image:
    """An image file as a filesystem, for use with `with`. Raises LittleFSError.

    `parameters` are READING for an image that is only read.
    """

    def __init__(self, path, parameters=PARAMETERS):
        place = filesystem_of(path)
        self._context = _File(path, place.offset)
        blocks = place.size // BLOCK_SIZE
        self.fs = littlefs.LittleFS(self._context, mount=False, block_count=blocks, **parameters)

    @classmethod
    def create(cls, path, size, wlog_size=0):
        """Create an image with an empty filesystem of `size` bytes and, if requested, a ring.

        With a ring, the image is the whole flash of a board; the application's place stays empty.
        """
        with make_file(path).open("wb") as file:
            if wlog_size:
                _lay_out(file, size, wlog_size)
            else:
                file.truncate(size)
        image = cls(path)
        image.fs.format()
        image._context.close()
        return path

    def __enter__(self):
        try:
            self.fs.mount()
        except littlefs.LittleFSError:
            # Windows cannot remove an open file.
            self._context.close()
            raise
        return self

    def __exit__(self, *_):
        self.fs.unmount()
        self._context.close()

    def read(self, name):
        """Return a file's bytes; raises FileNotFoundError if it does not exist."""
        with self.fs.open(name, "rb") as file:
            return file.read()

    def write(self, name, content):
        """Write a file (bytes or text), and create its parent folders."""
        folder = name.rpartition("/")[0]
        if folder:
            self.fs.makedirs(folder, exist_ok=True)
        with self.fs.open(name, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)

    def files(self):
        """Return {name: size} of all files; names have no leading slash."""
        found = {}
        for root, _, names in self.fs.walk("/"):
            for name in names:
                path = f"{root.rstrip('/')}/{name}".lstrip("/")
                found[path] = self.fs.stat(path).size
        return found


def in_image(path):
    """Return (partition entries, size in bytes) of an image; a bare filesystem is one entry."""
    size = Path(path).stat().st_size
    with Path(path).open("rb") as file:
        file.seek(TABLE_AT)
        return entries_in(file.read(TABLE_SIZE), size), size


def entries_in(table, size):
    """Return the partition entries of an image of `size` bytes; `table` has the table's bytes."""
    try:
        entries = partitions.parse(table)
    except partitions.TableError:
        entries = []
    return entries or [_whole(size)]


def filesystem_in(entries, size):
    """Return the Entry of the filesystem; the entry of a truncated one has the full size."""
    return partitions.filesystem(entries, size) or _whole(size)


def filesystem_of(path):
    """Return the Entry of an image's filesystem."""
    return filesystem_in(*in_image(path))


def ring_of(path):
    """Return the bytes of an image's ring, None if there is none or it was never written.

    A truncated end counts as erased.
    """
    entry = partitions.named(in_image(path)[0], partitions.RING)
    if not entry:
        return None
    with Path(path).open("rb") as file:
        file.seek(entry.offset)
        content = file.read(entry.size).ljust(entry.size, b"\xff")
    return content if content.strip(b"\xff") else None


def _whole(size):
    return partitions.Entry(partitions.DATA, 0x81, 0, size, "vfs")


def _lay_out(file, size, wlog_size):
    application = partitions.STOCK[-1]
    flash_size = application.end + wlog_size + size
    sizes = {"flash_size": flash_size, "filesystem_size": size, "wlog_size": wlog_size}
    file.seek(TABLE_AT)
    file.write(partitions.to_bytes(partitions.with_ring(partitions.STOCK, sizes)))
    file.seek(application.end)
    file.write(b"\xff" * (wlog_size + size))
