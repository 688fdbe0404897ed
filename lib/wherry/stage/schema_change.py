"""Rows that wait in RTC memory while a deploy changes the node's channels.

Their readings continue under the same name, unit and decimals; readings of removed channels are
lost. Loaded on demand.
"""

from wherry.rows import segment
from wherry.rows.frame import FrameError
from wherry.rows.numbers import numbers


def waiting(stage, queue):
    """Yield (number, row as Queue.append takes it), converted to the queue's channels.

    Raises FrameError if the channels of the waiting rows are no longer in flash.
    """
    older, own_count = _channels(queue, stage.state.schema)
    places = [_place(queue.channels, channel) for channel in older]
    from wherry.stage import recovery

    for rows in recovery.waiting(stage, len(older), own_count):
        found = [
            (places[i], rows.values[i])
            for i in range(len(older))
            if rows.mask >> i & 1 and places[i] >= 0
        ]
        found.sort()
        if found:
            mask = sum([1 << place for place, _ in found])
            values = [value for _, value in found]
            yield rows.row, (rows.flags, rows.boot, rows.s, rows.ms, mask, values)


def _channels(queue, schema):
    """Return (channels, own_count) of a schema, from a segment or a ring's file that has it."""
    walker = segment.Walker()
    for path in _paths(queue):
        try:
            head = segment.Head(walker, path)
            if head.schema == schema:
                return head.channels, head.own_count
        except FrameError:
            continue
    raise FrameError("their channels are unknown")


def _paths(queue):
    """Yield the files that name channels: a ring's, or a queue's segments, the newest first."""
    if not hasattr(queue, "segments"):
        for schema in numbers(queue.folder):
            yield queue.schema_path(schema)
        return
    for name in reversed(queue.segments):
        yield queue.path(name)


def _place(channels, channel):
    """Return the index of a channel, or -1 if none has its name, unit and decimals."""
    for i in range(len(channels)):
        if tuple(channels[i]) == tuple(channel):
            return i
    return -1
