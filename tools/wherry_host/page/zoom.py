"""The span of time that the user looks at instead of the live range.

Times are Unix microseconds. A curve in the span continues to the nearest points on both sides of
it. Gaps are found with the samples around the span, because the span may hold one sample or none.
"""

import math

from wherry_host.page.curve import Curve, usual_spacing_us

SPAN_MIN_US = 1_000_000
# A span may exceed the time of the node by a fiftieth of that time on each side.
_FREE = 50


def asked(ends_ms):
    """Return (from_us, to_us) for two moments in ms from a browser, or None for the live range.

    Anything but two finite numbers in rising order requests the live range.
    """
    if not isinstance(ends_ms, list) or len(ends_ms) != 2:
        return None
    if not all(isinstance(end, int | float) and math.isfinite(end) for end in ends_ms):
        return None
    from_us, to_us = (round(end * 1000) for end in ends_ms)
    return (from_us, to_us) if from_us < to_us else None


def bounded(span, first_us, last_us):
    """Return a span that is at least SPAN_MIN_US long and within the time of the node.

    That time is from `first_us` to `last_us`, plus a margin of a fiftieth of it at each end.
    """
    from_us, to_us = span
    free_us = max(SPAN_MIN_US, last_us - first_us) // _FREE
    first_us, last_us = first_us - free_us, max(last_us, first_us + SPAN_MIN_US) + free_us
    length_us = min(max(to_us - from_us, SPAN_MIN_US), last_us - first_us)
    from_us = min(max(from_us, first_us), last_us - length_us)
    return from_us, from_us + length_us


def widened(curve, before, behind):
    """Return a Curve extended by the nearest of the given Points on each side."""
    points = curve.points
    if points:
        before = [point for point in before if point.time_us < points[0][0]]
        behind = [point for point in behind if point.time_us > points[-1][0]]
    times_us = [point[0] for point in (*before, *points, *behind)]
    spacing_us = curve.spacing_us if curve.column_us else usual_spacing_us(times_us)
    return Curve([*before[-1:], *points, *behind[:1]], spacing_us, curve.column_us)
