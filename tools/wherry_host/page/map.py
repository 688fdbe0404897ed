"""The positions of the chosen node on a grid of degrees, without an external map.

Positions are points of latitude and longitude of the same time. A metre has the same length on
both axes.
"""

import asyncio
import math
import sqlite3

from nicegui import ui

from wherry_host.page.markup import element, show

# (latitude, longitude) names, as the vendors' documents spell them.
_NAMES = (("latitude", "longitude"), ("lat", "lng"), ("lat", "long"), ("lat", "lon"))
_POSITIONS_MAX = 500
# About 10 m, so that the positions of a node that does not move fill only the middle.
_SPAN_MIN = 1e-4
# A canvas cannot read the style sheet, so page.js resolves the colour names.
_LINE, _TEXT, _TRACK, _NEWEST = (
    {":color": f"wherry.color('{name}')"} for name in ("line", "muted", "accent", "late")
)
_AXIS = {
    "type": "value",
    "splitNumber": 4,
    "axisLine": {"lineStyle": _LINE},
    "splitLine": {"lineStyle": _LINE},
    "axisLabel": {
        "fontSize": 11,
        "hideOverlap": True,
        **_TEXT,
        ":formatter": "value => value.toFixed(4) + '°'",
    },
}
_OPTIONS = {
    "animation": False,
    "grid": {"left": 70, "right": 20, "top": 12, "bottom": 26},
    "tooltip": {"confine": True},
}
_WIDE = 2.2  # The width of the plot area divided by its height.


class Map:
    """The map; it is shown while the chosen device has positions."""

    def __init__(self, feed):
        self._feed = feed
        self._key = None
        self._positions = []
        with element("section", "panel", test="map", aria_label="Positions") as self._panel:
            with element("div", "heading"):
                element("h2", "grow", "Positions")
                self._place = element("span", "muted", test="map-place")
            self._chart = ui.echart({**_OPTIONS, "series": []}).classes("map")
        show(self._panel, False)

    async def show(self, device, has_changed):
        """Show the positions of a Device or None; `has_changed` is true if it has new points."""
        names = device and channels_of(device)
        show(self._panel, bool(names))
        if not names:
            self._key = None
        elif has_changed or device.key != self._key:
            self._key = device.key
            try:
                self._draw(await asyncio.to_thread(self._read, device, names))
            except sqlite3.Error:
                self._key = None  # The file is locked; it is read later.

    def _read(self, device, names):
        """Return the last positions as (latitude, longitude), newest first; runs in a thread."""
        latest = [
            {point.time_us: point.value for point in self._latest(device, name)} for name in names
        ]
        both = sorted(latest[0].keys() & latest[1].keys(), reverse=True)
        return [(latest[0][time_us], latest[1][time_us]) for time_us in both]

    def _latest(self, device, name):
        return self._feed.history.latest(*device.key, name, _POSITIONS_MAX)

    def _draw(self, positions):
        if not positions or positions == self._positions:
            return
        self._positions = positions
        self._place.set_text("{:.5f}°, {:.5f}°".format(*positions[0]))
        lng, lat = bounds(positions)
        points = [[lng, lat] for lat, lng in positions]
        options = self._chart.options
        options["xAxis"] = {**_AXIS, "min": lng[0], "max": lng[1]}
        options["yAxis"] = {**_AXIS, "min": lat[0], "max": lat[1]}
        options["series"] = [
            {"type": "line", "showSymbol": False, "lineStyle": _LINE, "data": points},
            {"type": "scatter", "symbolSize": 5, "itemStyle": _TRACK, "data": points},
            {"type": "scatter", "symbolSize": 12, "itemStyle": _NEWEST, "data": points[:1]},
        ]
        self._chart.update()


def channels_of(device):
    """Return the names of a device's latitude and longitude channels, None if one is missing."""
    return next((pair for pair in _NAMES if set(pair) <= device.newest.keys()), None)


def bounds(positions):
    """Return ((from, to) of longitude, (from, to) of latitude) around all positions, to scale."""
    lats, lngs = zip(*positions, strict=True)
    middle_lat, middle_lng = (max(lats) + min(lats)) / 2, (max(lngs) + min(lngs)) / 2
    stretch = max(0.05, math.cos(math.radians(middle_lat)))
    north = max(max(lats) - min(lats), (max(lngs) - min(lngs)) * stretch / _WIDE, _SPAN_MIN) * 0.6
    east = north * _WIDE / stretch
    return (middle_lng - east, middle_lng + east), (middle_lat - north, middle_lat + north)
