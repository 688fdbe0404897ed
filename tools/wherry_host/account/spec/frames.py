"""Frames, and the rows in them.

Damaged frames are left out.
"""

import struct
import zlib
from collections import namedtuple

from wherry_host.account.spec.octets import Bits, Bytes, Code, indexes, unzigzag

ROWS, RICE_ROWS = 0xB1, 0xB2
SEGMENT, CHANNEL, ASIDE, THINNING = 0xA4, 0xA5, 0xA6, 0xAC
ROW_KINDS = (ROWS, RICE_ROWS)
MILLISECONDS, UNDATED, PAYLOAD_SIZE_MAX = 1, 2, 234
# `boot` is None if the row is dated; `values` maps the index of a channel to its value.
Row = namedtuple("Row", "number boot s ms values")


def unmasked(mask, counts):
    """Return a mask over all channels; `counts` is (all channels, the node's own channels)."""
    channel_count, own_count = counts
    first = channel_count - own_count if mask & 1 else 0
    return mask >> 2 << first | (mask >> 1 & 1) << channel_count


def frames(content):
    """Return the (kind, payload) of every intact frame, and the number of bytes skipped."""
    found, at, damaged = [], 0, 0
    while at < len(content):
        size = content[at + 1] if at + 1 < len(content) else PAYLOAD_SIZE_MAX + 1
        end = at + 2 + size
        intact = 0xA1 <= content[at] <= 0xBA and size <= PAYLOAD_SIZE_MAX
        if intact and content[end : end + 4] == struct.pack("<I", zlib.crc32(content[at:end])):
            found.append((content[at], content[at + 2 : end]))
            at = end + 4
        else:
            damaged += 1
            at += 1
    return found, damaged


def rows_of(kind, payload, row_step=1, counts=(0, 0)):
    """Return the rows in a frame of rows; `counts` is as in `unmasked`."""
    source = Bytes(payload)
    head = source.varint()
    number, flags = head >> 2, head & 3
    boot = source.varint() if flags & UNDATED else None
    has_ms = bool(flags & MILLISECONDS)
    stamp = source.varint()
    if has_ms:
        stamp = stamp * 1000 + source.varint()
    mask, step = unmasked(source.varint(), counts), 0
    values = {index: source.signed() for index in indexes(mask)}
    rows, last = [(stamp, values)], dict(values)
    read = varints if kind == ROWS else codes
    for change, new_mask, difference in read(source):
        step += change
        stamp += step
        mask = mask if new_mask is None else unmasked(new_mask, counts)
        values = {index: difference(index) + last.get(index, 0) for index in indexes(mask)}
        rows.append((stamp, values))
        last.update(values)
    return [
        Row(
            number + i * row_step + row.pop(counts[0] if row_step > 1 else None, 0),
            boot,
            *(divmod(at, 1000) if has_ms else (at, None)),
            row,
        )
        for i, (at, row) in enumerate(rows)
    ]


def varints(source):
    """Yield (change of time step, new mask or None, function that reads a difference) per row."""
    while source.at < len(source.payload):
        first = source.varint()
        change, mask, ahead = 0, None, [unzigzag(first >> 1)]
        if first & 1:
            head = source.varint()
            change, mask = unzigzag(head >> 1), source.varint() if head & 1 else None
        yield change, mask, lambda _, ahead=ahead: ahead.pop() if ahead else source.signed()


def codes(source):
    """Yield the same as `varints`, from a Rice frame."""
    bits, states = Bits(source.payload[source.at :]), {}

    def read(index):
        return states.setdefault(index, Code()).read(bits)

    while not bits.ended():
        change, mask = 0, None
        if not bits.number(1):
            has_mask = bits.number(1)
            change = read("time")
            mask = bits.mask() if has_mask else None
        yield change, mask, read
