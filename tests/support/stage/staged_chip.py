"""A simulated chip with rows in RTC memory."""

import random

from support.node.chip import SEED, SETTINGS, Chip
from wherry.rows.frame import MS, UNDATED

STAGED = dict(SETTINGS, node=dict(SETTINGS["node"], stage_age_max_ms=86_400_000))


def staged_chip(settings=STAGED):
    random.seed(SEED)
    chip = Chip(settings)
    chip.online = False
    return chip, chip.boot()


def stamp(number, boot=1):
    return MS | UNDATED, boot, 10 + number, 7


def keep(node, first, end):
    """Keep the rows `first` to `end - 1`, of two readings each: the first is the row's number."""
    for number in range(first, end):
        wild = number * 77_777_777 % 500_000_009
        node.keep(10_007 + 1000 * number, [(3, [number, wild])], 0)


def rows_of(queue):
    """Return (number, stamp, the first channel's value) of each row in the queue."""
    reader = queue.reader()
    reader.seek(0)
    found = []
    while reader.next():
        rows = reader.rows
        found.append((rows.row, (rows.flags, rows.boot, rows.s, rows.ms), rows.values[0]))
    return found


def saved(chip):
    return chip.memory.stage(len(chip.channels) + 16, own_count=16)
