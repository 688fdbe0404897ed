"""Find what a new partition table would destroy on a board, before the table is written.

A ring, and a filesystem with files in it, stay as they are if the new table has them at the
same place and size; otherwise the board is not written. `read` is a function of (offset, size)
that returns bytes of the board's flash.
"""

import littlefs

from wherry_host.errors import FlashError
from wherry_host.partitions import (
    BLOCK_SIZE,
    RING,
    TABLE_AT,
    TABLE_SIZE,
    TableError,
    filesystem,
    named,
    parse,
)
from wherry_host.virtual.image import READING

# MicroPython creates this file on a new filesystem.
_NOBODYS = {"boot.py"}
# Each of the first two blocks has a superblock.
_HEAD_SIZE = 2 * BLOCK_SIZE
_REMEDY = (
    "Nothing was written. Name the board that it was flashed for (--board), or save what waits "
    "with `wherry queue dump PORT --csv > readings.csv` and flash with --erase."
)


def places_to_erase(read, after, flash_size, name):
    """Return the [(offset, size)] to erase first, which the entries `after` use for new content.

    `flash_size` is the chip's flash size, `name` the board's name. Raises FlashError if something
    would be lost, or if the board's table cannot be read.
    """
    try:
        before = parse(read(TABLE_AT, TABLE_SIZE))
    except TableError as error:
        raise FlashError(
            f"the board's partition table cannot be read: {error}. Save its flash with `esptool "
            "read-flash 0 ALL flash.bin`; then `esptool erase-region 0x8000 0x1000` keeps "
            "everything after the table, and --erase erases everything."
        ) from None
    lost = _losses(read, before, after, flash_size, name)
    if lost:
        raise FlashError("\n".join([*lost, _REMEDY]))
    places = []
    ring, files = named(after, RING), filesystem(after, flash_size)
    # An erased table may be the result of interrupted flashing; the ring then stays.
    if ring and before and not _same(named(before, RING), ring):
        places.append((ring.offset, ring.size))
    if files and not _same(filesystem(before, flash_size), files) and not _opens(read, files):
        # MicroPython creates a filesystem only if the first block is erased.
        places.append((files.offset, _HEAD_SIZE))
    return places


def _losses(read, before, after, flash_size, name):
    lost = []
    ring, new_ring = named(before, RING), named(after, RING)
    if ring and not _same(ring, new_ring):
        instead = f"would have it as {_text(new_ring)}" if new_ring else "has none"
        lost.append(f"The board has a ring for readings, {_text(ring)}, and {name} {instead}.")
    files, new_files = filesystem(before, flash_size), filesystem(after, flash_size)
    if files and not _same(files, new_files) and _has_files(read, files):
        instead = _text(new_files) if new_files else "nothing"
        lost.append(
            f"The board has files, readings in /data among them, in {_text(files)}, and {name} "
            f"would make {instead} of it."
        )
    return lost


def _same(old, new):
    return bool(old and new) and (old.offset, old.size) == (new.offset, new.size)


def _text(entry):
    return f"{entry.label} of {entry.size // 1024} KB at {entry.offset:#x}"


def _opens(read, entry):
    """Return True if an entry has a littlefs of exactly its size."""
    try:
        _Remote(read, entry).mount()
    except littlefs.LittleFSError:
        return False
    return True


def _has_files(read, entry):
    """Return True if an entry has a littlefs that has files in it or cannot be read."""
    remote = _Remote(read, entry)
    # littlefs SPEC.md: the magic follows the revision and a tag.
    if not any(remote.block(number)[8:16] == b"littlefs" for number in (0, 1)):
        return False
    try:
        return not _NOBODYS.issuperset(remote.mount().listdir("/"))
    except littlefs.LittleFSError:
        return True


class _Remote(littlefs.UserContext):
    """The blocks of a partition; each is read from the board once, and none is written."""

    def __init__(self, read, entry):
        self._read, self._entry, self._blocks = read, entry, {}

    def mount(self):
        """Return the mounted LittleFS. Raises LittleFSError."""
        count = self._entry.size // BLOCK_SIZE
        fs = littlefs.LittleFS(self, mount=False, block_count=count, **READING)
        fs.mount()
        return fs

    def block(self, number):
        """Return a block's bytes."""
        if number not in self._blocks:
            self._blocks[number] = self._read(self._entry.offset + number * BLOCK_SIZE, BLOCK_SIZE)
        return self._blocks[number]

    def read(self, cfg, block, off, size):
        return bytearray(self.block(block)[off : off + size])

    def prog(self, cfg, block, off, data):
        return littlefs.LittleFSError.Error.LFS_ERR_IO

    def erase(self, cfg, block):
        return littlefs.LittleFSError.Error.LFS_ERR_IO

    def sync(self, cfg):
        return 0
