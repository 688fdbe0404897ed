"""A queue that is reopened for each row writes the same bytes as one that stays open."""

import os

from support.queue.damage import read_file
from support.queue.folders import fresh
from support.queue.rows import ENV
from wherry.queue.queue import Queue
from wherry.rows.frame import MS, RICE, UNDATED
from wherry.rows.frame import ROWS as PLAIN

SIZE_MAX = 400_000


def mixed_rows(count):
    """Return rows with all that a frame encodes: stamps, boots, steps, masks of two schemas."""
    rows = []
    for i in range(count):
        flags = MS if i % 20 < 12 else UNDATED if i % 20 < 16 else 0
        boot = 300 + i // 20 if flags & UNDATED else 0
        mask = (1, 3, 3, 3, 2, 8, 3)[i % 7]
        values = [(i * 7919 + j * 31) % 997 - 400 for j in range(1 + (mask == 3))]
        rows.append((flags, boot, 70_000 + 61 * i + i * i % 5, i * 37 % 1000, mask, values))
    return rows


def test_a_queue_reopened_for_each_row_has_the_bytes_of_one_that_stays_open():
    channels = ENV + (("boots", "", 0),)
    for kind in (PLAIN, RICE):
        for hinted in (True, False):
            roots = fresh_pair()
            parts = channels, True, SIZE_MAX
            open_one = Queue(roots[0], *parts, kind=kind, own_count=1)
            again, hint = None, None
            for row in mixed_rows(70):
                again = Queue(roots[1], *parts, hint=hint, kind=kind, own_count=1)
                hint = again.hint() if hinted else None
                assert again.append(*row) == open_one.append(*row)
                if hinted:
                    hint = again.hint()
                for name in ("/rows/open", "/rows/tail", "/rows/0000000000"):
                    assert read_file(roots[0] + name) == read_file(roots[1] + name), (kind, row)
                assert again.hint() == open_one.hint() and not again.damaged


def fresh_pair():
    """Return two empty folders."""
    root = fresh()
    for name in ("/a", "/b"):
        os.mkdir(root + name)
    return root + "/a", root + "/b"
