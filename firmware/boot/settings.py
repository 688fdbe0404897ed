"""The settings of a slot, checked and typed by the host. Loaded on demand."""

import json
import os
import sys
from binascii import crc32


def read():
    """Return the settings of the running slot, including `board`, the board's data.

    Raises ValueError if their CRC does not match.
    """
    path = sys.path[0] + "/settings"
    with open(path, "rb") as file:
        content = file.read(os.stat(path)[6])
    text = memoryview(content)[:-4]
    if not text or crc32(text).to_bytes(4, "little") != content[-4:]:
        raise ValueError("the slot's settings are damaged: deploy again")
    return json.loads(text)  # pyright: ignore[reportArgumentType]
