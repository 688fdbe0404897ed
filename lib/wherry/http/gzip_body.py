"""The body of a batch as gzip: the JSON of json_body.py, in which most text is a copy.

A reading is a copy of the one before it up to its channel's name, and from there on a copy of the
channel's last reading up to the first digit that differs. The size is not known before the end,
so the body is sent in chunks. Loaded for the first piece of such a body.
"""

from wherry.http.deflate import Deflater
from wherry.http.digits import next_tail, put_value
from wherry.reading import value_bounds


def chunks(size: int, largest: int, shape: tuple, batch):
    """Yield the chunks of a body, and take its readings, as json_body.pieces.

    `shape` is as there, but `head(name)` always returns the same bytes before the name.
    """
    opening, head, after, closing = shape
    channels = batch.channels
    # The largest reading has its comma.
    out = Deflater(largest + len(opening) + len(closing))
    writer = _Readings(out, channels, head, largest)
    writer.new(opening)
    s = ms = None
    tail = b""
    while batch.channels is channels:
        mask, joined = batch.mask, batch.joined
        if batch.s != s or batch.ms != ms:
            before = bytes(tail)
            tail = next_tail(tail, after, s, batch.s, batch.ms)
            s, ms = batch.s, batch.ms
            # Without the comma, which is before the next reading.
            writer.begin_row(before[:-1], tail[:-1])
        i = 0
        while mask >> i:
            if mask >> i & 1:
                # A pair needs room for both readings.
                count = max(1, batch.size_from(i)) if joined else 1
                if out.size + count * largest + len(closing) > size:
                    mask &= (1 << i) - 1
                    break
                writer.add(i, batch.values[i])
                if out.is_due():
                    yield out.chunk()
            i += 1
        if mask:
            batch.take(mask)
        if mask != batch.mask or not batch.next():
            break
    writer.new(closing)
    yield out.end()


class _Readings:
    """Writes readings to a Deflater. The position of a reading in the text begins at its comma."""

    def __init__(self, out, channels, head, largest):
        self._out, self._channels, self._head = out, channels, head
        self._buffer = bytearray(largest)
        self._view = memoryview(self._buffer)
        # For each channel: the position of its last reading, and its value as text.
        self._places = [-1] * len(channels)
        self._texts: list = [None] * len(channels)
        # The position of the last reading, and whether one is before it.
        self._last, self._has_comma = -1, False
        # The text after each value of this row, and the row before's until a reading is written.
        self._tail = self._old_tail = b""

    def new(self, text):
        """Write a text that is not a copy."""
        self._out.add(text)
        self._out.literals(text)

    def begin_row(self, before, tail):
        """Begin a row, whose readings have this tail; the row before had the tail `before`."""
        self._old_tail, self._tail = before, tail

    def add(self, i, value):
        """Write a reading of channel number `i`."""
        out, last, view = self._out, self._last, self._view
        name, _, decimals = self._channels[i]
        first, name, before_value = self._head(name)
        text = bytearray(value_bounds(value, decimals)[0])
        put_value(text, 0, value, decimals)
        at = out.size
        if last < 0:
            # The first reading lacks a comma.
            at -= 1
        name_at = 1 + len(first)
        value_at = name_at + len(name) + len(before_value)
        end = value_at + len(text)
        buffer = self._buffer
        buffer[0] = 44
        buffer[1:name_at] = first
        buffer[name_at : name_at + len(name)] = name
        buffer[value_at - len(before_value) : value_at] = before_value
        buffer[value_at:end] = text
        size = end + len(self._tail)
        buffer[end:size] = self._tail
        out.add(view[out.size - at : size])
        if last < 0:
            out.literals(view[1:name_at])
        else:
            if not self._has_comma:
                out.literals(view[:1])
            out.copy(name_at - (not self._has_comma), at - last)
            self._has_comma = True
        known, same = self._texts[i], 0
        if known is None:
            out.literals(view[name_at:end])
        else:
            while same < len(text) and same < len(known) and text[same] == known[same]:
                same += 1
            out.copy(value_at + same - name_at, at - self._places[i])
            if same < len(text):
                out.literals(text[same:])
        self._places[i], self._texts[i], self._last = at, text, at
        # The old tail ends right before this reading.
        self._add_tail(end + len(self._tail) if last >= 0 else 0)

    def _add_tail(self, distance):
        """Write what follows a value: a copy at a distance, but for a new time."""
        out, tail, old = self._out, self._tail, self._old_tail
        size = len(tail)
        self._old_tail = tail
        if not distance or len(old) != size:
            out.literals(tail)
            return
        begin, end = size if old is tail else 0, size
        while begin < size and tail[begin] == old[begin]:
            begin += 1
        if begin < size:
            while tail[end - 1] == old[end - 1]:
                end -= 1
            out.copy(begin, distance)
            out.literals(tail[begin:end])
        out.copy(size - (end if begin < size else 0), distance)
