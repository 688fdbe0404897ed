"""The body of a batch as JSON, piece by piece: one object a reading, each with its stamp.

It is walked once. A channel's last reading is kept as text, and where the next one is as long only
the digits that differ are written: most values differ in one or two. Content-Length stands before
the body, so its size was settled from the first row; what is left of it is filled with spaces.
"""

from micropython import const

from wherry.http.digits import put_stamp, put_time, put_value
from wherry.reading import value_bounds

_PIECE_SIZE = const(448)
# Channels whose last reading is kept.
_TEXT_COUNT_MAX = const(8)
# A stamp and `"},` without and with milliseconds; where in a stamp its time stands.
_STAMP_SIZE = const(23)
_STAMP_MS_SIZE = const(27)
_TIME_AT = const(11)
_DAY_S = const(86400)
# Further from a value than its last digit.
_FAR = const(0x3FFFFFFF)
# A part of it is no copy.
_SPACES = memoryview(b" " * 64)


# Longer than others, for its speed: docs/bench.md, "The queue", has what it takes in parts.
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
    # Of each channel: its text up to the value's end, between which values it stays as long, and
    # its tens, less the digit 0, to be compared with what is from 0 on and with what is below.
    texts: list = [None] * len(channels)
    lows, highs = [_FAR] * len(channels), [-_FAR] * len(channels)
    above, below = [_FAR] * len(channels), [_FAR] * len(channels)
    length = len
    tail = b""
    indexes = b""
    last_mask = tail_size = 0
    s = ms = None
    at = len(opening)
    buffer[:at] = opening
    limit = min(len(buffer), size)
    while batch.channels is channels:
        values, mask, joined = batch.values, batch.mask, batch.joined
        if batch.s != s or batch.ms != ms:
            tail = _tail(tail, after, s, batch.s, batch.ms)
            tail_size = len(tail)
            s = batch.s
            ms = batch.ms
        if mask != last_mask:
            last_mask = mask
            indexes = _indexes(mask)
        # Up to where nothing is to be asked.
        room = at if joined else limit - tail_size
        for i in indexes:
            value, text, tens = values[i], texts[i], above
            if value < 0:
                value = -value
                tens = below
            n = value - tens[i]
            if 47 < n < 58:
                # Only the last digit differs.
                text[-1] = n
            elif lows[i] <= values[i] <= highs[i]:
                # Written out, for this is most of what a reading costs.
                n -= 48
                text[-1] = 48 + n % 10
                n //= 10
                tens[i] += 10 * n
                j = -2
                while n:
                    if text[j] == 46:
                        j -= 1
                    n += text[j] - 48
                    text[j] = 48 + n % 10
                    n //= 10
                    j -= 1
            else:
                text, low, high = _text(head(channels[i][0]), channels[i][2], values[i])
                if i < _TEXT_COUNT_MAX:
                    texts[i], lows[i], highs[i] = text, low, high
                    above[i] = below[i] = _FAR
                    tens[i] = value - text[-1]
            end = at + length(text)
            if end > room:
                # Room for all that are never parted, or for none of them.
                if end > size - tail_size or (joined and at + batch.size_from(i) * largest > size):
                    mask = batch.uncut(mask, i) if joined else mask & (1 << i) - 1
                    break
                if end > limit - tail_size:
                    yield view[:at]
                    size -= at
                    at = 0
                    limit = min(len(buffer), size)
                    room = at if joined else limit - tail_size
                    end = length(text)
            buffer[at:end] = text
            at = end + tail_size
            buffer[end:at] = tail
        if mask:
            batch.take(mask)
        if mask != last_mask or not batch.next():
            break
    yield from _end(view, at - 1, size, closing)


def _indexes(mask):
    """Return the indexes of the bits that are set, a byte each."""
    found = bytearray()
    i = 0
    while mask >> i:
        if mask >> i & 1:
            found.append(i)
        i += 1
    return found


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
    size = len(after) + (_STAMP_SIZE if ms < 0 else _STAMP_MS_SIZE)
    if len(tail) != size or s // _DAY_S != last_s // _DAY_S:
        tail = bytearray(size)
        tail[: len(after)] = after
        tail[-3:] = b'"},'
        put_stamp(tail, len(after), s, ms)
    else:
        put_time(tail, len(after) + _TIME_AT, s, ms)
    return tail
