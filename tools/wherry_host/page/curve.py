"""Points as lines to draw: one shade for what came on time, one for what came late, and gaps.

Rules: a point is late when it came later than twice the usual pause between deliveries, and 2 s
more, after its own time; a gap is a spacing of more than two and a half times the usual one. The
usual one is the median. A stretch between two points has the shade of the later arrival.
"""

from itertools import pairwise
from statistics import median_low
from typing import NamedTuple

# Points of a curve that is to be drawn; a chart has hardly more pixels for them.
COUNT_MAX = 600
_LATE_PAUSES = 2
_LATE_US = 2_000_000
_GAP_SPACINGS = 2.5


class Series(NamedTuple):
    """Lists of [time_ms, value], in order of time; a value of None lifts the pen.

    Each point is once in the line of its shade; in the late line there are besides the ordinary
    points at which it begins and ends. The dots are the points that no stroke of their line
    reaches, and that a chart without symbols would not show.
    """

    on_time: list
    late: list
    on_time_dots: list
    late_dots: list


def series(points, coarse_us=0, pause_us=0):
    """Return the Series of (time_us, value, received_us) in any order.

    `coarse_us` is the `bucket_us` of points that may have been reduced: no gap is narrower than
    two of them. `pause_us` is the device's usual pause between deliveries, if it is known from
    more than these points; the longer one counts.
    """
    points = sorted(points)
    late_us = late_after_us(points, pause_us)
    gap_us = max(_GAP_SPACINGS * _usual([point[0] for point in points]), 2 * coarse_us)
    lines = on_time, late = _Line(), _Line()
    before, was_late = None, False
    for point in points:
        time_us, _, received_us = point
        is_late = received_us - time_us > late_us
        if before and time_us - before[0] > gap_us > 0:
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
    return Series(on_time.items, late.items, on_time.dots(), late.dots())


def late_after_us(points, pause_us=0):
    """Return the delay beyond which a point of these counts as late."""
    pause_us = max(pause_us, usual_pause_us(received_us for _, _, received_us in points))
    return _LATE_PAUSES * pause_us + _LATE_US


def usual_pause_us(received):
    """Return the median pause between distinct moments of delivery; 0 for less than two."""
    return _usual(sorted(set(received)))


def bucket_us(from_us, to_us, count_max=COUNT_MAX):
    """Return the width of the buckets of which two points are kept when there are too many."""
    return max(1, -(-(to_us - from_us) // max(1, count_max // 2)))


def window(now_us, newest_us, span_us):
    """Return (from_us, to_us) of the time axis: it ends now, or where an old file ends.

    A fiftieth of it stays free behind the newest point.
    """
    end_us = now_us
    if newest_us is not None and newest_us < now_us - span_us:
        end_us = newest_us
    end_us += span_us // 50
    return end_us - span_us, end_us


def _usual(times_us):
    """Return the median of the spacings of sorted times, 0 if there is none."""
    spacings = [after - before for before, after in pairwise(times_us) if after > before]
    return median_low(spacings) if spacings else 0


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
