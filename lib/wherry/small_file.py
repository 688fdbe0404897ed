"""Small files with a CRC32 after their payload: a power cut leaves the old or the new content.

littlefs commits a file when it is closed, and stores a file of at most 128 B (on battery 512 B)
inline in its folder's log, where rewriting it costs almost nothing. Only a power cut while a file
is created can leave it empty, so a file that is absent, empty or damaged reads as None.
"""

import os
from binascii import crc32


def write(path: str, payload: bytes) -> None:
    """Replace the file's content. Raises OSError if the filesystem fails."""
    with open(path, "wb") as file:
        file.write(payload + crc32(payload).to_bytes(4, "little"))


def read(path: str):
    """Return the payload as bytes, or None if the file is absent or damaged."""
    try:
        with open(path, "rb") as file:
            content = file.read()
    except OSError:
        return None
    payload = content[:-4]
    return payload if crc32(payload).to_bytes(4, "little") == content[-4:] else None


def make_folder(path: str) -> None:
    """Create a folder and its parents if they are missing."""
    path += "/"
    for at in range(1, len(path)):
        if path[at] != "/":
            continue
        try:
            os.mkdir(path[:at])
        except OSError as error:
            if error.errno != 17:  # EEXIST, on Linux and on the chip.
                raise


def remove(path: str) -> None:
    """Remove a file; an absent file is not an error."""
    try:
        os.remove(path)
    except OSError as error:
        if error.errno != 2:  # ENOENT, on Linux and on the chip.
            raise
