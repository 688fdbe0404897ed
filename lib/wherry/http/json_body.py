"""The body of a batch as JSON, piece by piece: one object a reading, each with its stamp.

It is walked once. A channel's last reading is kept as text, and where the next one is as long only
the digits that differ are written: most values differ in one or two. Content-Length stands before
the body, so its size was settled from the first row; what is left of it is filled with spaces.
"""

from micropython import const

from wherry.http.digits import put_stamp, put_time, put_value
from wherry.reading import value_bounds
from wherry.rows.mask import mask_width

_PIECE_SIZE = const(448)
# Channels whose last reading is kept.
_TEXT_COUNT_MAX = const(8)
# A stamp and `"},` without and with milliseconds; where in a stamp its time stands.
_STAMP_SIZE = const(23)
_STAMP_MS_SIZE = const(27)
_TIME_AT = const(11)
_DAY_S = const(86400)
# A part of it is no copy.
_SPACES = memoryview(b" " * 64)


def pieces(size: int, largest: int, shape: tuple, batch):
    """Yield the text of the readings that fit, of the first row's channels; take them.

    `shape` is (bytes before the first reading, function that returns for a channel's name the
    bytes before its value, in parts, bytes between value and stamp, bytes after the last reading).
    `size` bytes suffice for the first reading, or a pair, `largest` for any. A piece is valid
    until the next one.
    """
    opening, head, after, closing = shape
    size -= len(closing)
    buffer = bytearray(max(_PIECE_SIZE, largest + 1))
    view = memoryview(buffer)
    channels = batch.channels
    # Of each channel: its text up to the value's end, with its size, the value, and between which
    # others it stays as long.
    texts: list = [None] * len(channels)
    shown: list = texts[:]
    lows, highs, sizes = [0] * len(channels), [-1] * len(channels), [0] * len(channels)
    tail = b""
    last_mask = width = 0
    s = ms = -1
    partial = False
    at = len(opening)
    buffer[:at] = opening
    joined = 0
    more = True
    while more and batch.channels is channels:
        values, mask = batch.values, batch.mask
        if batch.s != s or batch.ms != ms:
            tail = _tail(tail, after, s, batch.s, batch.ms)
            s = batch.s
            ms = batch.ms
        tail_size = len(tail)
        room = min(len(buffer), size) - tail_size
        if mask != last_mask:
            last_mask = mask
            width = mask_width(mask)
            partial = mask + 1 != 1 << width
            joined = batch.joined
        for i in range(width):
            if partial and not mask >> i & 1:
                continue
            value, n, text = values[i], shown[i], texts[i]
            if value == n:
                pass
            elif lows[i] <= value <= highs[i]:
                # Written out, for this is most of what a reading costs.
                shown[i] = value
                if value < 0:
                    value = -value
                    n = -n
                j = sizes[i] - 1
                while value != n:
                    if text[j] == 46:
                        j -= 1
                    text[j] = 48 + value % 10
                    value //= 10
                    n //= 10
                    j -= 1
            else:
                text, low, high = _text(head(channels[i][0]), channels[i][2], value)
                sizes[i] = len(text)
                if i < _TEXT_COUNT_MAX:
                    texts[i], shown[i], lows[i], highs[i] = text, value, low, high
            end = at + sizes[i]
            if joined and at + batch.size_from(i) * largest > size:
                # Room for all that are never parted, or for none of them.
                mask = batch.uncut(mask, i)
                more = False
                break
            if end > room:
                if end > size - tail_size:
                    mask &= (1 << i) - 1
                    more = False
                    break
                yield view[:at]
                size -= at
                room = min(len(buffer), size) - tail_size
                at = 0
                end = sizes[i]
            buffer[at:end] = text
            at = end + tail_size
            buffer[end:at] = tail
        if mask:
            batch.take(mask)
        more = more and batch.next()
    yield from _end(view, at - 1, size, closing)


def _end(view, at, size, closing):
    """Yield what is left: the closing in place of the last comma, and spaces."""
    if at + len(closing) > len(view):
        yield view[:at]
        size -= at
        at = 0
    end = at + len(closing)
    view[at:end] = closing
    at = end
    size += len(closing)
    while size:
        at = _fill(view, at, min(len(view), size))
        yield view[:at]
        size -= at
        at = 0


def _fill(buffer, at, end):
    """Write spaces from one position to another, and return that."""
    while at < end:
        next_at = min(at + len(_SPACES), end)
        buffer[at:next_at] = _SPACES[: next_at - at]
        at = next_at
    return end


def _text(parts, decimals, value):
    """Return a reading up to the value's end, and between which values it stays as long."""
    size, low, high = value_bounds(value, decimals)
    at = 0
    for part in parts:
        at += len(part)
    # One piece of the heap: sums would leave holes.
    text = bytearray(at + size)
    put_value(text, at, value, decimals)
    at = 0
    for part in parts:
        text[at : at + len(part)] = part
        at += len(part)
    return text, low, high


def _tail(tail, after, last_s, s, ms):
    """Return the bytes after each value of a row, made from those of the row at `last_s`."""
    stamp_at = len(after)
    size = stamp_at + (_STAMP_SIZE if ms < 0 else _STAMP_MS_SIZE)
    if len(tail) != size or s // _DAY_S != last_s // _DAY_S:
        tail = bytearray(size)
        tail[:stamp_at] = after
        tail[-3:] = b'"},'
        put_stamp(tail, stamp_at, s, ms)
    else:
        put_time(tail, stamp_at + _TIME_AT, s, ms)
    return tail
