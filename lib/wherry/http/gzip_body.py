"""The body of a batch as gzip: the JSON of json_body.py, in which most text is a copy.

A reading is a copy of the one before it up to its channel's name, and from there on a copy of the
channel's last reading up to the first digit that differs. The size is not known before the end,
so the body is sent in chunks. Loaded for the first piece of such a body.
"""

from array import array

from wherry.http.deflate import Deflater
from wherry.http.digits import next_tail, put_value
from wherry.reading import json_text, value_bounds


def chunks(size: int, largest: int, parts: tuple, batch):
    """Yield the chunks of a body, and take its readings; end where the channels change.

    `parts` are as in uplinks/harbor/request.py, the other arguments as in json_body.pieces.
    """
    opening, before, before_value, before_stamp, closing = parts
    channels = batch.channels
    # The largest reading has its comma.
    out = Deflater(largest + len(opening) + len(closing))
    writer = _Readings(out, channels, (before, before_value))
    writer.new(opening)
    s = ms = None
    tail = b""
    while batch.channels is channels:
        mask, joined = batch.mask, batch.joined
        if batch.s != s or batch.ms != ms:
            old = bytes(tail)
            tail = next_tail(tail, before_stamp, s, batch.s, batch.ms)
            s, ms = batch.s, batch.ms
            # Without the comma, which is before the next reading.
            writer.begin_row(old[:-1], tail[:-1])
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


def _text(value, decimals):
    """Return a value as text."""
    text = bytearray(value_bounds(value, decimals)[0])
    put_value(text, 0, value, decimals)
    return text


class _Readings:
    """Writes readings to a Deflater. The position of a reading in the text begins at its comma.

    `around` are the bytes before and after a channel's name.
    """

    def __init__(self, out, channels, around):
        self._out, self._channels = out, channels
        self._before, self._before_value = around
        # For each channel: the position of its last reading, and its value, because the values'
        # texts would take 1 KB of heap.
        self._places = array("H", bytes(2 * len(channels)))
        self._values: list = [None] * len(channels)
        # The number of readings, and the position of the last one.
        self._count = self._last = 0
        # The text after each value of this row, and the row before's until a reading is written.
        self._tail = self._old_tail = b""

    def new(self, text):
        """Write a text that is not a copy."""
        self._out.add(text)
        self._out.literals(text)

    def begin_row(self, old_tail, tail):
        """Begin a row, whose readings have this tail; those of the row before had `old_tail`."""
        self._old_tail, self._tail = old_tail, tail

    def add(self, i, value):
        """Write a reading of channel number `i`."""
        out = self._out
        name, _, decimals = self._channels[i]
        name, text = json_text(name), _text(value, decimals)
        # Instead of the first reading's comma, the text has the opening.
        comma = b"," if self._count else b""
        at = out.size + len(comma) - 1
        for part in (comma, self._before, name, self._before_value, text, self._tail):
            out.add(part)
        self._write_start(at)
        self._write_value(i, at, value, name, text)
        # The old tail ends right before this reading.
        self._write_tail(out.size - at)
        self._places[i], self._values[i], self._last = at, value, at
        self._count += 1

    def _write_start(self, at):
        """Write the text up to the name: a copy, of which the second reading's comma is new."""
        out, before = self._out, self._before
        if self._count > 1:
            out.copy(1 + len(before), at - self._last)
        elif self._count:
            out.literals(b",")
            out.copy(len(before), at - self._last)
        else:
            out.literals(before)

    def _write_value(self, i, at, value, name, text):
        """Write the text from the name to the value's end: a copy up to the first new digit."""
        out, last, same = self._out, self._values[i], 0
        if last is None:
            for part in (name, self._before_value, text):
                out.literals(part)
            return
        known = text if last == value else _text(last, self._channels[i][2])
        while same < len(text) and same < len(known) and text[same] == known[same]:
            same += 1
        out.copy(len(name) + len(self._before_value) + same, at - self._places[i])
        if same < len(text):
            out.literals(text[same:])

    def _write_tail(self, distance):
        """Write the text after a value: a copy at a distance, but for a new time."""
        out, tail, old = self._out, self._tail, self._old_tail
        begin, end = 0, len(tail)
        self._old_tail = tail
        if not self._count or len(old) != end:
            out.literals(tail)
        elif old == tail:
            out.copy(end, distance)
        else:
            while tail[begin] == old[begin]:
                begin += 1
            while tail[end - 1] == old[end - 1]:
                end -= 1
            out.copy(begin, distance)
            out.literals(tail[begin:end])
            out.copy(len(tail) - end, distance)
