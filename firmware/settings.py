"""The settings of a slot, as the host has checked and typed them; loaded on demand."""

import json
import os
import sys
from binascii import crc32


def read():
    """Return the settings of the slot that runs; `board` among them is the board's own data.

    Raises ValueError where their CRC says that the flash has damaged them.
    """
    path = sys.path[0] + "/settings"
    with open(path, "rb") as file:
        content = file.read(os.stat(path)[6])
    text = memoryview(content)[:-4]
    if not text or crc32(text).to_bytes(4, "little") != content[-4:]:
        raise ValueError("the slot's settings are damaged: deploy again")
    return json.loads(text)  # pyright: ignore[reportArgumentType]
