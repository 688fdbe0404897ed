"""Reduce curves with more points than a chart has pixels to columns of time.

A column is a span of time that begins at a multiple of its width. It keeps its first, lowest,
highest and last point: a spike stays, and so do both ends of each gap that crosses a border. This
requires reading every value, so columns are cached. A column is read again when a new point falls
into it. Times are Unix microseconds.
"""

import json
from collections import OrderedDict

CURVES_MAX = 128

_ENDS = ("time_us", "time_us DESC", "value", "value DESC")
_KEPT = """SELECT (
  SELECT rowid FROM points WHERE {where} AND time_us BETWEEN begin_us AND begin_us + :width_us - 1
  ORDER BY {order} LIMIT 1) FROM begins"""
_POINTS = """
WITH begins(begin_us) AS (SELECT value FROM json_each(:begins))
SELECT time_us, value, received_us FROM points WHERE rowid IN ({rowids}) ORDER BY time_us, rowid"""


class Columns:
    """The columns of the CURVES_MAX curves that were requested last; not thread-safe."""

    def __init__(self, read):
        """`read(query, values)` returns rows."""
        self._read = read
        # {((api, device, channel), width): {column number: its points}}
        self._curves = OrderedDict()

    def points(self, place, where, from_us, to_us, width_us):
        """Return the points (time_us, value, received_us) of the columns that a span touches.

        `place` is (api, device, channel); `where` is the SQL condition, worded like its index.
        """
        known = self._curves.pop((place, width_us), {})
        numbers = range(from_us // width_us, to_us // width_us + 1)
        missing = [number for number in numbers if number not in known]
        if missing:
            known |= self._missing(place, where, missing, width_us)
        # Columns outside the window are dropped.
        columns = {number: known[number] for number in numbers}
        self._curves[place, width_us] = columns
        if len(self._curves) > CURVES_MAX:
            self._curves.popitem(last=False)
        return [point for points in columns.values() for point in points]

    def forget(self, news):
        """Forget the columns that contain points of these News."""
        widths_us = {width_us for _, width_us in self._curves}
        for each in news:
            for width_us in widths_us:
                place = each.api, each.device, each.channel
                self._curves.get((place, width_us), {}).pop(each.time_us // width_us, None)

    def clear(self):
        """Forget all columns."""
        self._curves.clear()

    def _missing(self, place, where, numbers, width_us):
        rowids = " UNION ".join(_KEPT.format(where=where, order=order) for order in _ENDS)
        values = dict(zip(("api", "device", "channel"), place, strict=True))
        values["begins"] = json.dumps([number * width_us for number in numbers])
        values["width_us"] = width_us
        found = {number: [] for number in numbers}
        for row in self._read(_POINTS.format(rowids=rowids), values):
            found[row[0] // width_us].append(tuple(row))
        return found
