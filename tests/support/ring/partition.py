"""A partition of a ring, page by page."""

from support.queue.by_hand import single
from support.ring.device import PAGE_SIZE, Device
from support.ring.page_bytes import HEAD_SIZE, page_head

TORN = b"\x17" * HEAD_SIZE


def put(device, page, octets, offset=0):
    at = page * PAGE_SIZE + offset
    device.cells[at : at + len(octets)] = octets


def partition(count, last):
    """Return a device with three rows per page, whose tail has the sequence `last`."""
    device = Device(count)
    for sequence in range(max(0, last - count + 1), last + 1):
        row = 3 * sequence
        octets = page_head(sequence, row, 3 * row)
        for i in range(row, row + 3):
            octets += single(i, 1000 + 60 * i, 7, [i, i, -i])
        put(device, sequence % count, b"\xff" * PAGE_SIZE)
        put(device, sequence % count, octets)
    return device
