"""The place of a ring's next row: three ints in RTC memory, so that a wake reads no flash.

They are the tail page, the offset in it with two flags, and the step between the chain's rows in
zigzag form. They are zero if the next row opens a page of other channels.
"""

from micropython import const

_FREED = const(0x2000)
_CHAINED = const(0x4000)
_STEP_BITS = const(31)


def of(ring):
    """Return the place of a ring, which is valid until something is written."""
    writer = ring.writer
    step = writer.step << 1 if writer.step >= 0 else ~(writer.step << 1)
    place = ring.offset
    if ring.closed:
        return 0, 0, 0
    if ring.freed:
        place |= _FREED
    if writer.count and not step >> _STEP_BITS:
        place |= _CHAINED
    return ring.page, place, step & (1 << _STEP_BITS) - 1


def resume(ring, hint, place, last) -> bool:
    """Continue at a place without reading the flash; return False if its schema differs.

    `last` is the stage's newest row, as stage.recovery.newest returns it.
    """
    if not hint or not place or not place[1] or hint[2] != ring.schema:
        return False
    ring.next_row, ring.readings, _ = hint
    ring.page, place, step = place
    ring.offset = place & _FREED - 1
    ring.closed = False
    ring.freed = bool(place & _FREED)
    if last and place & _CHAINED and last[0] == ring.next_row - 1:
        row, flags, boot, s, ms, _, mask, values = last
        writer = ring.writer
        writer.row, writer.count = row, 1
        writer.flags, writer.boot, writer.s, writer.ms = flags, boot, s, ms
        # The stage's frame is a different frame, with its own steps and other channels.
        writer.step = ~(step >> 1) if step & 1 else step >> 1
        writer.mask = ring.known = mask
        writer.last[:] = values
    return True
