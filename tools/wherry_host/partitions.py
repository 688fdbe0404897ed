"""The partition table of an ESP32's flash: read, check, and insert the ring `wlog`.

Each entry has 32 bytes: magic AA 50, type, subtype, offset and size (little-endian), a 16-byte
label, flags. After the entries come EB EB, 14 bytes of FF and the MD5 of the entries, then more
FF: ESP-IDF, "Partition Tables". MicroPython puts a filesystem in the space after the last entry.
"""

import hashlib
import struct
from typing import NamedTuple

from wherry_host.errors import ToolError

TABLE_AT = 0x8000
TABLE_SIZE = 0xC00
BLOCK_SIZE = 4096
DATA = 1
RING = "wlog"
MAGIC = b"\xaa\x50"

_ENTRY = struct.Struct("<2sBBII16sI")
_MD5_MAGIC = b"\xeb\xeb" + b"\xff" * 14
_BLANK = b"\xff" * _ENTRY.size
# ESP_PARTITION_SUBTYPE_DATA_UNDEFINED: data of a kind that ESP-IDF does not name.
_UNDEFINED = 6
# boardctrl_startup in MicroPython's ports/esp32/main.c looks for these two labels.
_FILESYSTEMS = ("vfs", "ffat")


class TableError(ToolError):
    """A partition table that cannot be read or lacks space; the message states the reason."""


class Entry(NamedTuple):
    """A partition; `offset` and `size` are in bytes, `offset` from the start of the flash."""

    kind: int
    subtype: int
    offset: int
    size: int
    label: str
    flags: int = 0

    @property
    def end(self):
        """The first offset after the partition."""
        return self.offset + self.size


# The table of stock builds for 4 MiB and more: MicroPython's partitions-4MiBplus.csv.
STOCK = (
    Entry(DATA, 2, 0x9000, 0x6000, "nvs"),
    Entry(DATA, 1, 0xF000, 0x1000, "phy_init"),
    Entry(0, 0, 0x10000, 0x1F0000, "factory"),
)


def parse(content):
    """Return the entries of a table, or [] for an erased table. Raises TableError."""
    entries = []
    for at in range(0, len(content) - _ENTRY.size + 1, _ENTRY.size):
        line = content[at : at + _ENTRY.size]
        if line == _BLANK:
            return entries
        if line.startswith(_MD5_MAGIC[:2]):
            if line[len(_MD5_MAGIC) :] != hashlib.md5(content[:at]).digest():
                raise TableError("its checksum is wrong")
            continue
        magic, *values, label, flags = _ENTRY.unpack(line)
        if magic != MAGIC:
            raise TableError(f"entry {len(entries)} begins with {magic.hex(' ')}, not aa 50")
        text = label.partition(b"\0")[0].decode("ascii", "replace")
        entries.append(Entry(*values, text, flags))
    raise TableError("it has no end")


def to_bytes(entries):
    """Return the table as it is in the flash: TABLE_SIZE bytes."""
    lines = b"".join(
        _ENTRY.pack(
            MAGIC,
            entry.kind,
            entry.subtype,
            entry.offset,
            entry.size,
            entry.label.encode(),
            entry.flags,
        )
        for entry in entries
    )
    lines += _MD5_MAGIC + hashlib.md5(lines).digest()
    if len(lines) > TABLE_SIZE - _ENTRY.size:
        raise TableError(f"{len(entries)} partitions are more than a table holds")
    return lines.ljust(TABLE_SIZE, b"\xff")


def named(entries, label):
    """Return the data partition with this label, or None."""
    for entry in entries:
        if entry.kind == DATA and entry.label == label:
            return entry
    return None


def filesystem(entries, flash_size):
    """Return the Entry of the filesystem that MicroPython mounts, None if there is no space.

    `flash_size` is the chip's flash size. If there is no entry for a filesystem, it gets all the
    space after the last entry.
    """
    for label in _FILESYSTEMS:
        if entry := named(entries, label):
            return entry
    end = max((entry.end for entry in entries), default=flash_size)
    if end >= flash_size:
        return None
    return Entry(DATA, 0x81, end, flash_size - end, _FILESYSTEMS[0])


def with_ring(entries, board):
    """Return the entries with the board's ring, followed by a filesystem of the board's size.

    Raises TableError if the space is taken.
    """
    offset = board["flash_size"] - board["filesystem_size"] - board["wlog_size"]
    ring = Entry(DATA, _UNDEFINED, offset, board["wlog_size"], RING)
    others = [entry for entry in entries if entry.label != RING]
    for label in _FILESYSTEMS:
        if entry := named(others, label):
            raise TableError(
                f"its partition table has a filesystem of its own, {label} at {entry.offset:#x}"
            )
    end = max((entry.end for entry in others), default=0)
    if end > offset:
        raise TableError(
            f"its partitions end at {end:#x}, and wlog would begin at {offset:#x}: lower "
            "wlog_size or filesystem_size in the board's file"
        )
    return [*others, ring]
