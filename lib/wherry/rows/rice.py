"""The rows of a frame of kind RICE: adaptive Rice codes, close to the entropy of sensor noise.

    row:   1 · code of each channel's difference       time step and mask as in the row before
           0 · m · code of the time step's change · [2 bits · 6 bits (b - 1) · b bits] · codes
           m is 1 if a mask follows: the lowest two bits of the coded mask, then the others
    code:  u = zigzag(n), q = u >> k:  q ones · 0 · the low k bits of u         if q < 12
           12 ones · 5 bits (b - 1) · the b bits of u                           else

Each channel, and the time, has a count n and a sum a of its coded values: k is the least with
n << k >= a (as in LOCO-I, Weinberger, Seroussi and Sapiro 1996, section III-C). The highest bit of
a byte comes first; the last byte is padded with ones, which cannot begin a row.
"""

from micropython import const

from wherry.rows.frame import FrameError

_ONES_MAX = const(12)
# Count and sum in one small int: the count takes five bits.
_STATE_FIRST = const(257)  # n = 1, a = 8.
_COUNT_MAX = const(16)
_SUM_MAX = const(1048576)
_U_BITS_MAX = const(32)


def first_states(channel_count: int) -> list:
    """Return the adaptive states at the start of a frame: one per channel, then the time's."""
    return [_STATE_FIRST] * (channel_count + 1)


# One long function, for speed; docs/bench.md, "The queue", has the cost of its parts.
def put(writer, change: int, mask: int, values) -> int:
    """Write a row after the writer's rows; return the end in bits.

    Returns 0 if the time step is too large to be written: the row then opens a new frame.
    """
    buffer, last, states = writer.buffer, writer.last, writer.states
    at = writer.bits >> 3
    fill = writer.bits & 7
    # `fill` bits of `acc` wait for the byte at `at`; it stays a small int on the chip.
    acc = buffer[at] >> 8 - fill
    count = len(last)
    i = j = u = 0
    if change or mask != writer.mask:
        u = change << 1 if change >= 0 else (-change << 1) - 1
        if u >> _U_BITS_MAX:
            return 0
        acc = acc << 2 | (mask != writer.mask)
        fill += 2
        i = -1  # The state of the time is the last one.
    else:
        acc = acc << 1 | 1
        fill += 1
    while i < count:
        if i >= 0:
            if not mask >> i & 1:
                i += 1
                continue
            u = values[j] - last[i]
            last[i] = values[j]
            j += 1
            u = u << 1 if u >= 0 else (-u << 1) - 1
        n = states[i] & 31
        a = states[i] >> 5
        k = 3 if n << 2 < a else 0
        while n << k < a:
            k += 1
        q = u >> k
        if q < _ONES_MAX:
            acc = (acc + 1 << q + 1) - 2
            fill += q + 1
        else:
            k = 1
            while u >> k:
                k += 1
            acc = (acc + 1 << _ONES_MAX + 5) - 32 | k - 1
            fill += _ONES_MAX + 5
        if fill + k > 29:
            at = _flush(buffer, at, acc, fill)
            fill &= 7
            if k > 16:
                acc = acc & (1 << fill) - 1
                acc = acc << k - 16 | u >> 16 & (1 << k - 16) - 1
                fill += k - 16
                at = _flush(buffer, at, acc, fill)
                fill &= 7
                k = 16
            acc &= (1 << fill) - 1
        acc = acc << k | u & (1 << k) - 1
        fill += k
        while fill > 7:
            fill -= 8
            buffer[at] = acc >> fill & 255
            at += 1
        acc &= (1 << fill) - 1
        if u > _SUM_MAX:
            u = _SUM_MAX
        a += u + 1 >> 1
        n += 1
        if n == _COUNT_MAX:
            a >>= 1
            n >>= 1
        states[i] = a << 5 | n
        if i < 0 and mask != writer.mask:
            coded = writer.coded(mask)
            k = 3
            while coded >> k:
                k += 1
            acc = acc << 8 | (coded & 3) << 6 | k - 3
            buffer[at] = acc >> fill & 255
            at += 1
            while k > 2:
                k -= 1
                acc = acc << 1 | coded >> k & 1
                fill += 1
                if fill > 7:
                    fill -= 8
                    buffer[at] = acc >> fill & 255
                    at += 1
            acc &= (1 << fill) - 1
        i += 1
    if fill:
        buffer[at] = acc << 8 - fill | 255 >> fill
    return (at << 3) + fill


def _flush(buffer, at, acc, fill):
    """Write the whole bytes of the `fill` bits; return the position after them."""
    while fill > 7:
        fill -= 8
        buffer[at] = acc >> fill & 255
        at += 1
    return at


# One long function, for speed; docs/bench.md, "The queue", has the cost of its parts.
def get(reader):
    """Read a row's mask and values; return the change of its time step, or None at the end.

    Raises FrameError if the payload ends within the row.
    """
    buffer = reader.buffer
    bits = reader.bits
    at = bits >> 3
    end = reader.cursor.end
    have = 8 - (bits & 7)
    if at >= end:
        return None
    acc = buffer[at] & (1 << have) - 1
    at += 1
    if at == end and acc == (1 << have) - 1:
        return None
    values, states = reader.values, reader.states
    width = reader.width
    mask = reader.mask
    change = i = 0
    changed = False
    have -= 1
    if not acc >> have:
        if not have:
            acc = buffer[at] if at < end else 255
            at += 1
            have = 8
        have -= 1
        changed = acc >> have & 1
        i = -1
    partial = i < 0 or mask + 1 != 1 << width
    while i < width:
        if partial and i >= 0 and not mask >> i & 1:
            i += 1
            continue
        while have < 20:
            # The mask keeps `acc` a small int on the chip.
            acc = (acc & 0xFFFFF) << 8 | (buffer[at] if at < end else 255)
            at += 1
            have += 8
        a = states[i]
        n = a & 31
        a >>= 5
        k = 3 if n << 2 < a else 0
        while n << k < a:
            k += 1
        have -= 1
        u = 0
        while acc >> have & 1:
            u += 1
            have -= 1
            if u == _ONES_MAX:
                have -= 4
                k = (acc >> have & 31) + 1
                u = 0
                break
        while k > have:
            k -= have
            u = u << have | acc & (1 << have) - 1
            acc = buffer[at] if at < end else 255
            at += 1
            have = 8
        have -= k
        u = u << k | acc >> have & (1 << k) - 1
        a += (u if u < _SUM_MAX else _SUM_MAX) + 1 >> 1
        n += 1
        if n == _COUNT_MAX:
            a >>= 1
            n >>= 1
        states[i] = a << 5 | n
        u = ~(u >> 1) if u & 1 else u >> 1
        if i >= 0:
            values[i] += u
        else:
            change = u
            if changed:
                acc &= (1 << have) - 1
                while have < 8:
                    acc = acc << 8 | (buffer[at] if at < end else 255)
                    at += 1
                    have += 8
                have -= 8
                size = acc >> have & 63
                schema = acc >> have + 6 & 3
                mask = 0
                for _ in range(size + 1):
                    if not have:
                        acc = buffer[at] if at < end else 255
                        at += 1
                        have = 8
                    have -= 1
                    mask = mask << 1 | acc >> have & 1
                mask = reader.take_mask(mask << 2 | schema)
                width = reader.width
        i += 1
    reader.bits = (at << 3) - have
    if reader.bits > end << 3:
        raise FrameError("a row runs past its frame")
    return change
