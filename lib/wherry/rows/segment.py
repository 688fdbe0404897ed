"""Segments: littlefs files of frames, each beginning with its schema.

A segment's name is the number of its first row in ten hex digits. It begins with a SEGMENT frame
and a CHANNEL frame per channel, so it can be read alone; frames of rows follow. Loaded where a
segment is begun or opened; walker.py walks its frames.
"""

from binascii import crc32

from micropython import const

from wherry.rows.frame import CHANNEL, SEGMENT, Cursor, FrameError
from wherry.rows.walker import Walker

FORMAT = const(2)
# The capacity of a littlefs file of 32 blocks: 4096 B each, less the pointers of its block list.
SIZE_FULL = 130_844
# The least number of segments in a full queue: a segment is dropped as a whole.
COUNT_MIN = 8
_BLOCK_SIZE = const(4096)
# The initial value of a schema's CRC, to which a schema with milliseconds adds 1.
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
    """Return the size at which a segment is full, in a queue of at most `size_max` bytes."""
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
    """The head of a segment: row, readings (queued before it), ms, schema, channels.

    row_step is 1, or more if the segment was thinned; the last `own_count` channels are the node's
    own.
    To save memory, `channels` is empty if the schema is `known`.
    """

    def __init__(self, walker: Walker, path: str, known=None):
        """Read the head and leave `walker` at its last frame. Raises FrameError without a head."""
        self.channels = []
        for channel in self._read(walker, path):
            self.schema = crc32((_CHANNEL_FORM % channel).encode(), self.schema)
        schema = self.schema
        if schema != known:
            self.channels = list(self._read(walker, path))
            self.schema = schema  # The second read has reset it.

    def _read(self, walker, path):
        """Read the head's own frame and yield the channels."""
        walker.open(path, 0)
        # Imported here, because a boot that reads no segment does not need this module.
        from wherry.rows.varint import read_text

        cursor = Cursor(walker.buffer)
        if not walker.next() or walker.buffer[walker.at] != SEGMENT:
            raise FrameError("%s: does not begin with a segment header" % path)
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
