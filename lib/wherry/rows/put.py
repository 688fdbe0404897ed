"""Writes a row into the frame of a RowsWriter, in the form that form.py describes.

Loaded on demand: nothing in it is needed between two rows.
"""

from wherry.rows.frame import MS, UNDATED
from wherry.rows.varint import put_signed, put_varint


def put_row(writer, row: int, flags: int, boot: int, s: int, ms: int, mask: int, values) -> bool:
    """Append a row to a RowsWriter's frame; `values` has only the channels in `mask`.

    `s` and `ms` are a stamp, or the boot's ticks if flags has UNDATED. Returns False if the row
    cannot follow the rows in the frame, or does not fit; in the latter case the frame is full.
    """
    count = writer.count
    if not count:
        return _begin(writer, row, flags, boot, s, ms, mask, values)
    if flags != writer.flags or row != writer.row + count * writer.row_step or boot != writer.boot:
        return False
    step = s - writer.s
    if flags & MS:
        step = step * 1000 + ms - writer.ms
    change = step - writer.step
    bits = (_put_bits if writer.coder else _put_values)(writer, change, mask, values)
    if not bits:
        # The row's changes to `last` and `states` remain, so no row can follow.
        writer.end()
        return False
    writer.bits = bits
    writer.s = s
    writer.ms = ms
    writer.step = step
    writer.mask = mask
    writer.count = count + 1
    return True


def _put_values(writer, change, mask, values):
    """Write a row without a coder; return the end in bits, or 0 if it does not fit."""
    # Inlined, without a call per value: this is most of the cost of a row.
    buffer, last = writer.buffer, writer.last
    at = writer.bits >> 3
    other = change or mask != writer.mask
    partial = len(values) < len(last)
    first = True
    i = 0
    for value in values:
        if partial:
            while not mask >> i & 1:
                i += 1
        n = value - last[i] << 1
        last[i] = value
        i += 1
        if n < 0:
            n = ~n
        if first:
            first = False
            n <<= 1
            if other:
                at = _put_other(writer, at, n | 1, change, mask)
                continue
        while n > 127:
            buffer[at] = n & 127 | 128
            at += 1
            n >>= 7
        buffer[at] = n
        at += 1
    if first:
        at = _put_other(writer, at, 1, change, mask)
    return at << 3 if at + 4 <= writer.size_max else 0


def _put_other(writer, at, n, change, mask):
    """Write a first difference and the change of the step or the mask; return the end."""
    at = put_varint(writer.buffer, at, n)
    change = change << 1 if change >= 0 else ~(change << 1)
    at = put_varint(writer.buffer, at, change << 1 | (mask != writer.mask))
    return put_varint(writer.buffer, at, writer.coded(mask)) if mask != writer.mask else at


def _put_bits(writer, change, mask, values):
    """Let the coder write a row; return the end in bits, or 0 if it does not fit."""
    at = writer.bits >> 3
    # The last byte may be partly used; it is restored if the row does not fit.
    byte = writer.buffer[at]
    bits = writer.coder.put(writer, change, mask, values)
    if bits and (bits + 7 >> 3) + 4 <= writer.size_max:
        return bits
    writer.buffer[at] = byte
    return 0


def _begin(writer, row, flags, boot, s, ms, mask, values):
    """Write the frame's head with its first row."""
    buffer, last = writer.buffer, writer.last
    at = put_varint(buffer, 2, row << 2 | flags)
    if flags & UNDATED:
        at = put_varint(buffer, at, boot)
    at = put_varint(buffer, at, s)
    if flags & MS:
        at = put_varint(buffer, at, ms)
    at = put_varint(buffer, at, writer.coded(mask))
    k = 0
    for i in range(len(last)):
        last[i] = 0
        if mask >> i & 1:
            last[i] = values[k]
            at = put_signed(buffer, at, values[k])
            k += 1
    if at + 4 > writer.size_max:
        return False
    if writer.coder:
        writer.states = writer.coder.first_states(len(last))
    writer.row, writer.flags, writer.boot = row, flags, boot
    writer.s, writer.ms, writer.step, writer.mask = s, ms, 0, mask
    writer.count = 1
    writer.bits = at << 3
    return True
