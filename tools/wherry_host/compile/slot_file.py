"""Build and read the file of a slot, as docs/spec.md defines it.

The board's loader reads only the file's index; the host checks the whole file.
"""

import hashlib
import struct
from binascii import crc32
from pathlib import PurePosixPath

from wherry_host.errors import DeployError

MAGIC = b"wherry\x01\x00"
# Entries that are not modules: the list of paths, the typed settings as JSON followed by a CRC-32,
# and the settings' public part.
NAMES, SETTINGS, ABOUT = "names", "settings", "about"
_SIGNATURE_SIZE = 64
_HEAD_AT = len(MAGIC) + hashlib.sha256().digest_size + _SIGNATURE_SIZE
# Version, size of the file, number of entries, reserved.
_HEAD = struct.Struct("<16sIHH")
INDEX_AT = _HEAD_AT + _HEAD.size


def built(entries, version):
    """Return the bytes of a slot's file.

    `entries` is {path in the slot: bytes} in the order of the file; the folders and the list of
    names are added. Raises DeployError if two paths have the same CRC-32.
    """
    parents = {str(parent) for path in entries for parent in PurePosixPath(path).parents}
    folders = ["", *sorted(parents - {"."})]
    paths = [NAMES, *entries, *folders]
    hashes = [crc32(path.encode()) for path in paths]
    if len(set(hashes)) < len(hashes) or not all(entries.values()):
        raise DeployError("two paths of the slot have one CRC-32, or a file of it is empty")
    contents = ["\n".join(paths).encode(), *entries.values(), *(b"" for _ in folders)]
    at = INDEX_AT + 8 * len(paths) + 8
    places = [at]
    for content in contents:
        places.append(places[-1] + len(content))
    head = _HEAD.pack(version.encode(), places[-1], len(paths), 0)
    head += struct.pack(f"<{len(paths)}I", *hashes) + struct.pack(f"<{len(places)}I", *places)
    body = head + struct.pack("<I", crc32(head)) + b"".join(contents)
    return MAGIC + hashlib.sha256(body).digest() + bytes(_SIGNATURE_SIZE) + body


class SlotFile:
    """A slot's file in any storage; `read(at, size)` returns bytes of it.

    Raises ValueError if its head is damaged or is not a slot's head.
    """

    def __init__(self, read):
        self._read = read
        first = read(0, INDEX_AT)
        if len(first) < INDEX_AT or not first.startswith(MAGIC):
            raise ValueError("no slot of a version that is known")
        version, self.size, count, _ = _HEAD.unpack_from(first, _HEAD_AT)
        self.version = version.rstrip(b"\0").decode("ascii", "replace")
        index = read(INDEX_AT, 8 * count + 8)
        if crc32(first[_HEAD_AT:] + index[:-4]).to_bytes(4, "little") != index[-4:]:
            raise ValueError("the index of the slot is damaged")
        hashes = struct.unpack_from(f"<{count}I", index)
        places = struct.unpack_from(f"<{count + 1}I", index, 4 * count)
        self._places = {
            each: (begin, end - begin)
            for each, begin, end in zip(hashes, places[:-1], places[1:], strict=True)
        }

    def content(self, path):
        """Return the bytes of a file in the slot; raises KeyError if the slot lacks it."""
        return self._read(*self._places[crc32(path.encode())])

    def paths(self):
        """Return the paths of all its files."""
        names = self.content(NAMES).decode().split("\n")
        return [name for name in names if self._places[crc32(name.encode())][1]]


def in_bytes(data):
    """Return the SlotFile for bytes in memory."""
    return SlotFile(lambda at, size: data[at : at + size])


def is_whole(data):
    """Return True if bytes are a complete slot, by their SHA-256."""
    try:
        slot = in_bytes(data)
    except (ValueError, struct.error):
        return False
    digest = data[len(MAGIC) : len(MAGIC) + hashlib.sha256().digest_size]
    return len(data) == slot.size and hashlib.sha256(data[_HEAD_AT:]).digest() == digest


def blocks(size, block_size=4096):
    """Return the number of blocks that a file of this size has in littlefs.

    Each block except the first begins with pointers into the list (littlefs, DESIGN.md, "CTZ
    skip-lists"). If n has z trailing zeros in binary, block n has z + 1 pointers.
    """
    count, room = 1, block_size
    while room < size:
        room += block_size - 4 * ((count & -count).bit_length())
        count += 1
    return count
