"""Pages of a ring, built from docs/spec.md."""

import struct

from support.queue.by_hand import with_crc
from support.queue.rows import ENV
from support.ring.device import PAGE_SIZE
from wherry.rows import segment

SCHEMA = segment.schema_crc(ENV, False)
HEAD_SIZE = 24


def page_head(sequence, row, readings, schema=SCHEMA):
    upper = bytes((row >> 32, readings >> 32))
    lower = struct.pack("<IIII", sequence, row & 0xFFFFFFFF, readings & 0xFFFFFFFF, schema)
    return with_crc(b"WL" + upper + lower)


def packed(content):
    """Return the content of a ledger in packed form."""
    last = 0
    for i, byte in enumerate(content):
        last = i + 1 if byte else last
    octets = bytes((len(content),))
    for at in range(0, last, 8):
        group = content[at : min(at + 8, last)]
        octets += bytes((sum([1 << i for i, byte in enumerate(group) if byte]),))
        octets += bytes([byte for byte in group if byte])
    return octets


def page(device, number, size=PAGE_SIZE):
    return bytes(device.cells[number * PAGE_SIZE : number * PAGE_SIZE + size])
