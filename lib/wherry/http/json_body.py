"""The body of a batch as JSON, piece by piece: one object per reading, each with its stamp.

The batch is walked once. A channel's last reading is kept as text; if the next one has the same
length, only the digits that differ are written, usually one or two. Content-Length is sent before
the body, so the size is estimated from the first row, and the rest of the body is filled with
spaces.
"""

from micropython import const

from wherry.http.digits import next_tail, put_value
from wherry.reading import value_bounds

_PIECE_SIZE = const(448)
# The number of channels whose last reading is kept.
_TEXT_COUNT_MAX = const(8)
# Placeholder for a channel without a kept text: any value minus this is at most 0.
_FAR = const(0x3FFFFFFF)
# A slice of a memoryview is not a copy.
_SPACES = memoryview(b" " * 64)


# One long function, for speed; docs/bench.md, "The queue", has the cost of its parts.
def pieces(size: int, largest: int, shape: tuple, batch):
    """Yield the text of the readings that fit, and take them; end where the channels change.

    `shape` is (bytes before the first reading, function that returns the bytes before the value of
    a channel by its name, in parts, bytes between value and stamp, bytes after the last reading).
    `size` bytes suffice for the first reading or pair, `largest` for any reading. A piece is valid
    until the next one.
    """
    opening, head, after, closing = shape
    size -= len(closing)
    buffer = bytearray(max(_PIECE_SIZE, largest + 1))
    view = memoryview(buffer)
    channels = batch.channels
    # For each channel: its text up to the value's end, the bounds of values of the same length,
    # and its tens minus the code of "0", for values of at least 0 and for negative values.
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
            tail = next_tail(tail, after, s, batch.s, batch.ms)
            tail_size = len(tail)
            s = batch.s
            ms = batch.ms
        if mask != last_mask:
            last_mask = mask
            indexes = _indexes(mask)
        # A reading that ends up to this position needs no check.
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
                # Inlined: this is most of the cost of a reading.
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
                # A pair needs room for both readings.
                if end > size - tail_size or (joined and at + batch.size_from(i) * largest > size):
                    # Never within a pair, which had room for both at its begin.
                    mask &= (1 << i) - 1
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
    """Return the indexes of the set bits, one byte each."""
    found = bytearray()
    i = 0
    while mask >> i:
        if mask >> i & 1:
            found.append(i)
        i += 1
    return found


def _end(view, at, size, closing):
    """Yield the rest: the closing in place of the last comma, and spaces."""
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
    """Fill with spaces from `at` to `end`; return `end`."""
    while at < end:
        next_at = min(at + len(_SPACES), end)
        buffer[at:next_at] = _SPACES[: next_at - at]
        at = next_at
    return end


def _text(parts, decimals, value):
    """Return a reading up to the value's end, and the bounds of values of the same length."""
    size, low, high = value_bounds(value, decimals)
    at = 0
    for part in parts:
        at += len(part)
    # One allocation: concatenations would leave holes in the heap.
    text = bytearray(at + size)
    put_value(text, at, value, decimals)
    at = 0
    for part in parts:
        text[at : at + len(part)] = part
        at += len(part)
    return text, low, high
