"""Find how rows left the flash by bisecting the run: a row that has left does not return."""

from bisect import bisect_right
from itertools import pairwise
from typing import NamedTuple


class Departure(NamedTuple):
    """One operation of the flash that removed rows.

    `readings` are the readings in these rows. `fullness`, `ring_fullness` and `queue_size` are
    from the Flash before the operation, `thinned_rows` is from the Flash after it.
    """

    readings: list
    fullness: float
    ring_fullness: float
    queue_size: int
    thinned_rows: list


def departures(witness, moments=()):
    """Yield the Departures of a run, in order, from its FlashWitness.

    A queue never gives up its newest row. If a faulty queue does, its rows are found only if they
    were in flash at one of the `moments`, which are numbers of operations.
    """
    moments = sorted({0, *moments, witness.count})
    flash = [witness.after(moment) for moment in moments]
    ends = zip(moments, flash, strict=True)
    spans = [(*before, *after) for before, after in pairwise(ends)][::-1]
    while spans:
        begin, before, end, after = spans.pop()
        if not _has_left(before, after):
            continue
        if end - begin == 1:
            yield from _departed(before, after)
            continue
        middle = (begin + end) // 2
        between = witness.after(middle)
        spans += [(middle, between, end, after), (begin, before, middle, between)]


def _has_left(before, after):
    """Return True if rows left the flash between two moments.

    New rows get the numbers after the highest one, so a missing number is a row that came and
    left.
    """
    if not before.row_keys <= after.row_keys:
        return True
    last = before.row_numbers[-1] if before.row_numbers else -1
    came = after.row_numbers[bisect_right(after.row_numbers, last) :]
    return bool(came) and len(came) < came[-1] - last


def _departed(before, after):
    readings = [each for each in before.readings if each.row_key not in after.row_keys]
    if readings:
        yield Departure(
            readings, before.fullness, before.ring_fullness, before.queue_size, after.thinned_rows
        )
