"""Segments: littlefs files of frames, each opened by its schema.

A segment's name is the number of its first row in hex, of ten digits. It opens with one SEGMENT
frame and a CHANNEL frame a channel, so it can be read alone; frames of rows follow. Loaded where
one begins or is opened; walker.py goes through it.
"""

from binascii import crc32

from micropython import const

from wherry.rows.frame import CHANNEL, SEGMENT, Cursor, FrameError
from wherry.rows.walker import Walker

FORMAT = const(2)
# What a littlefs file of 32 blocks holds: 4096 B each, less the pointers of its block list.
SIZE_FULL = 130_844
# A queue has at least so many segments: one is dropped as a whole.
COUNT_MIN = 8
_BLOCK_SIZE = const(4096)
# The CRC of a schema begins with this number, or the next one with milliseconds.
_SCHEMA_FIRST = const(2)
_CHANNEL_FORM = const("('%s', '%s', %d)")


def schema_crc(channels, ms: bool) -> int:
    """Return the CRC that identifies a schema; channels are (name, unit, decimals).

    It is the same on every interpreter; the CRC of a repr with a degree sign would not be.
    """
    crc = _SCHEMA_FIRST | ms
    for channel in channels:
        crc = crc32((_CHANNEL_FORM % channel).encode(), crc)
    return crc


def size_full(size_max: int) -> int:
    """Return the bytes at which a segment is full, in a queue of so many at most."""
    size = size_max // COUNT_MIN
    if size >= SIZE_FULL:
        return SIZE_FULL
    more = size // _BLOCK_SIZE - 1
    if more < 0:
        return size
    # Each block after the first has one pointer more than its number has trailing zero bits.
    pointers = 2 * more
    while more:
        pointers -= more & 1
        more >>= 1
    return size // _BLOCK_SIZE * _BLOCK_SIZE - 4 * pointers


class Head:
    """What a segment says of itself: row, readings (queued before it), ms, schema, channels.

    row_step is 1, or more if it was thinned; the last `own_count` channels are the node's own.
    `channels` are read only where the schema is not
    `known`, else the list is empty: they take memory.
    """

    def __init__(self, walker: Walker, path: str, known=None):
        """Read it; `walker` then stands on its last frame. Raises FrameError without a head."""
        self.channels = []
        for channel in self._read(walker, path):
            self.schema = crc32((_CHANNEL_FORM % channel).encode(), self.schema)
        schema = self.schema
        if schema != known:
            self.channels = list(self._read(walker, path))
            self.schema = schema  # Reading has begun it anew.

    def _read(self, walker, path):
        """Read the head's own frame and yield the channels."""
        walker.open(path, 0)
        # A start that reads no segment does without.
        from wherry.rows.varint import read_text

        cursor = Cursor(walker.buffer)
        if not walker.next() or walker.buffer[walker.at] != SEGMENT:
            raise FrameError("%s: does not open with a segment's head" % path)
        cursor.open(walker.at)
        form = cursor.varint()
        if form != FORMAT:
            raise FrameError("%s: segment format %d is unknown, not %d" % (path, form, FORMAT))
        self.row = cursor.varint()
        self.readings = cursor.varint()
        flags = cursor.varint()
        self.ms = bool(flags & 1)
        self.row_step = cursor.varint() if flags & 2 else 1
        self.schema = schema_crc((), self.ms)
        count = cursor.varint()
        self.own_count = cursor.varint()
        for i in range(count):
            found = walker.next() and walker.buffer[walker.at] == CHANNEL
            if found:
                cursor.open(walker.at)
            if not found or cursor.varint() != i:
                raise FrameError("%s: channel %d is not named" % (path, i))
            decimals = cursor.varint()
            name = read_text(cursor)
            yield name, read_text(cursor), decimals
