"""Turn points into lines to draw: one shade for points on time, one for late points, and gaps.

A point is late if it arrived more than `late_after_us` after its own time. A gap is a distance
between two samples of the channel that exceeds two and a half times the median distance. In a
curve that is reduced to columns, a gap is also longer than a column, because a shorter gap is not
visible. The line between two points has the shade of the point that arrived later.
"""

import math
from itertools import pairwise
from statistics import median_low
from typing import NamedTuple

# A chart is narrower than this number of CSS pixels, so a gap of one pixel crosses a border.
COLUMNS_MIN = 800
_LATE_US = 2_000_000
_GAP_SPACINGS = 2.5
_SPAN_MIN_US = 60_000_000


class Curve(NamedTuple):
    """Points (time_us, value, received_us) of a channel, in order of time.

    `spacing_us` is the usual distance between its samples, or 0 if it is unknown. `column_us` is 0
    if no point is left out; otherwise it is the width of the columns of time that keep their
    first, lowest, highest and last point.
    """

    points: list
    spacing_us: int = 0
    column_us: int = 0


class Series(NamedTuple):
    """Lists of [time_ms, value], in order of time; a value of None lifts the pen.

    Each point is in the line of its shade once. The late line also has the ordinary points at
    which it begins and ends. The dots are the points that no stroke of their line reaches; without
    symbols, a chart would not show them. The gaps are [from_ms, to_ms].
    """

    on_time: list
    late: list
    on_time_dots: list
    late_dots: list
    gaps: list


def series(curve, interval_us=0):
    """Return the Series of a Curve; `interval_us` is the node's usual upload interval."""
    late_us = late_after_us(interval_us, curve.spacing_us)
    gap_us = max(_GAP_SPACINGS * curve.spacing_us, curve.column_us) or math.inf
    lines = on_time, late = _Line(), _Line()
    gaps = []
    before, was_late = None, False
    for point in curve.points:
        time_us, _, received_us = point
        is_late = received_us - time_us > late_us
        if before and time_us - before[0] > gap_us:
            gaps.append([before[0] // 1000, time_us // 1000])
            for line in lines:
                line.lift((before[0] + time_us) // 2)
        elif before and is_late and not was_late:
            on_time.lift(time_us)
            late.put(before)
        elif before and was_late and not is_late:
            late.put(point)
            late.lift(time_us)
        lines[is_late].put(point)
        before, was_late = point, is_late
    return Series(on_time.items, late.items, on_time.dots(), late.dots(), gaps)


def late_after_us(interval_us, spacing_us=0):
    """Return the delay above which a reading is late: spacing + 1.5 x interval + 2 s.

    A reading waits for its sample and for one upload. The margin for the upload itself is half an
    interval and 2 s. A channel that is sampled less often than the node sends does not wait longer
    for an upload, so a longer spacing counts as an interval. If the interval is unknown, nothing
    is late.
    """
    if not interval_us:
        return math.inf
    return min(spacing_us, interval_us) + interval_us * 3 // 2 + _LATE_US


def usual_spacing_us(*runs):
    """Return the median distance of successive times in runs of sorted times, or 0 if unknown."""
    pairs = (pair for run in runs for pair in pairwise(run))
    distances_us = [after - before for before, after in pairs if after > before]
    return median_low(distances_us) if distances_us else 0


def column_width_us(from_us, to_us):
    """Return a column width that divides a time axis into COLUMNS_MIN to 2 x COLUMNS_MIN columns.

    It is a power of two, so columns at its multiples keep their place while the axis moves and
    grows.
    """
    width_us = max(1, (to_us - from_us) // COLUMNS_MIN)
    return 1 << (width_us.bit_length() - 1)


def window(now_us, newest_us, span_us, first_us=None):
    """Return (from_us, to_us) of the time axis; a `span_us` of None selects all points.

    The axis ends now, or at the newest point of an old file, plus a margin of a fiftieth of its
    length. If `span_us` would begin before the first point at `first_us`, the axis begins at that
    point, so a short curve fills its chart. The axis is at least a minute long.
    """
    end_us = now_us
    if span_us is not None:
        from_us = end_us + span_us // 50 - span_us
        if newest_us is not None and newest_us < from_us:
            end_us = newest_us
            from_us = end_us + span_us // 50 - span_us
        if first_us is None or from_us >= first_us:
            return from_us, from_us + span_us
    from_us = min(first_us, end_us - _SPAN_MIN_US)
    return from_us, end_us + (end_us - from_us) // 50


class _Line:
    def __init__(self):
        self.items = []

    def put(self, point):
        self.items.append([point[0] // 1000, point[1]])

    def lift(self, time_us):
        if self.items and self.items[-1][1] is not None:
            self.items.append([time_us // 1000, None])

    def dots(self):
        values = [None, *(value for _, value in self.items), None]
        return [
            item
            for i, item in enumerate(self.items)
            if item[1] is not None and values[i] is values[i + 2] is None
        ]
