"""Rows of a queue: made, appended and read."""

from wherry.queue.reader import QueueReader
from wherry.rows.frame import MS, UNDATED

ENV = (("temperature", "°C", 2), ("humidity", "%", 2), ("pressure", "hPa", 2))


def read_rows(queue, row=0):
    """Read the queue from a row on; return rows as (number, flags, boot, s, ms, {name: value})."""
    reader = QueueReader(queue)
    reader.seek(row)
    found = []
    while reader.next():
        found.append(seen(reader))
    return found


def seen(reader):
    rows = reader.rows
    values = {}
    for i, channel in enumerate(reader.channels):
        if rows.mask >> i & 1:
            values[channel[0]] = rows.values[i]
    return rows.row, rows.flags, rows.boot, rows.s, rows.ms, values


def make_row(choose, channels, flags, s):
    mask = choose.randint(1, (1 << len(channels)) - 1)
    values = [
        choose.randint(-(1 << 29), 1 << 29)
        if choose.randint(0, 9) == 0
        else choose.randint(-50, 5000)
        for i in range(len(channels))
        if mask >> i & 1
    ]
    ms = choose.randint(0, 999) if flags & MS else 0
    boot = choose.randint(1, 3) if flags & UNDATED else 0
    return flags, boot, s, ms, mask, values


def append(queue, model, row):
    know(queue, model, queue.append(*row), row)


def extend(queue, model, rows):
    first = queue.next_row
    assert queue.extend(iter(rows)) == len(rows)
    for i, row in enumerate(rows):
        know(queue, model, first + i, row)


def know(queue, model, number, row):
    flags, boot, s, ms, mask, values = row
    names = [c[0] for i, c in enumerate(queue.channels) if mask >> i & 1]
    model.append((number, flags, boot, s, ms, dict(zip(names, values))))
