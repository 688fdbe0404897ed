"""A thinning's progress."""

import struct

from support.queue.by_hand import frame


def progress_of(whole, row, kept, gone, at=0):
    return frame(0xAC, struct.pack("<BQQQI", whole, row, kept, gone, at))
