"""A chart and a grid of charts: their fixed options, and the changes since the last update."""

from bisect import bisect_left

from nicegui import ui

from wherry_host.page.channels import label, person_name, unit
from wherry_host.page.curve import Series
from wherry_host.page.markup import element, put, short, show

# A wherry node has at most 32 channels, and each chart costs the browser a canvas.
CHARTS_MAX = 48

# NiceGUI may set these options again when the points are already drawn, so no series has data.
# Colours, the time zone and the options that depend on the values are in page.js, which repeats
# these margins.
_AXIS_LABEL = {"fontSize": 11, "hideOverlap": True}
_OPTIONS = {
    "animation": False,
    "grid": {"left": 50, "right": 10, "top": 10, "bottom": 22},
    "xAxis": {
        "type": "time",
        "axisLabel": {**_AXIS_LABEL, "showMinLabel": False},
        "splitNumber": 4,
    },
    "yAxis": {"type": "value", "scale": True, "splitNumber": 3, "axisLabel": _AXIS_LABEL},
}
_LINE = {"type": "line", "showSymbol": False, "lineStyle": {"width": 1.75}}
# Clears the chart at a gap that is too narrow to be visible between two strokes.
_CLEARING = {
    "silent": True,
    "animation": False,
    "symbol": "none",
    "label": {"show": False},
    "lineStyle": {"width": 2, "type": "solid"},
}
_DOTS = {"type": "scatter", "symbolSize": 5}
_SERIES = [{**_LINE, "markLine": _CLEARING}, _LINE, _DOTS, _DOTS]


class Chart:
    """A channel's name, unit, newest value and curve; a chart can be reused for another channel.

    crosshair.js moves the crosshair, fills its tip and places the marks.
    """

    def __init__(self):
        with element("div", "curve") as self._shown:
            with element("div", "label"):
                self._name = element("span", "name")
                self._value = element("span", "value")
            with element("div", "plot", role="img") as self._plot:
                self.chart = ui.echart({**_OPTIONS, "series": _SERIES})
                element("div", "marks", aria_hidden="true")
                element("div", "band", aria_hidden="true")
                with element("div", "cross", aria_hidden="true"):
                    element("div", "tip", test="tip")
        self.clear()

    def clear(self):
        """Show no channel; the browser must drop the points itself, by `wherry.clear()`."""
        self._sent = [[] for _ in Series._fields]
        show(self._shown, False)
        put(self._shown, "data-test", "chart")
        put(self._value, "data-test", "value")
        self._value.set_text("")

    def begin(self, channel, units):
        """Show a channel until `clear`; `units` are from the node's configuration."""
        show(self._shown, True)
        put(self._shown, "data-test", f"chart-{channel}")
        put(self._value, "data-test", f"value-{channel}")
        self._name.set_text(label(channel, units))
        put(self._name, "title", channel)
        put(self._plot, "data-unit", unit(channel, units))
        put(self._plot, "aria-label", f"curve of {person_name(channel)}")

    def report(self, value):
        """Show the newest value."""
        self._value.set_text(short(value, 7))

    def change(self, series):
        """Return (dropped, kept, added) for each part of a new Series; see `difference`."""
        changes = [difference(*parts) for parts in zip(self._sent, series, strict=True)]
        self._sent = list(series)
        return changes


class Grid:
    """Charts next to each other, at most CHARTS_MAX; `charts` is {channel: Chart}.

    A chart is never deleted, because the browser needs some time to create one, and deleting it in
    that time would be an error in the browser. It is kept for another channel instead.
    """

    def __init__(self):
        self.charts = {}
        self._made = []
        self._grid = element("div", "curves")
        self._more = element("div", "muted more", test="more-channels")
        show(self._more, False)

    def show(self, channels, units):
        """Show a chart for each channel, up to CHARTS_MAX; return True if one is new.

        Channels are never removed one by one, because a node only gains channels.
        """
        room = CHARTS_MAX - len(self.charts)
        news = [channel for channel in channels if channel not in self.charts][:room]
        for channel in news:
            self.charts[channel] = self._free()
            self.charts[channel].begin(channel, units)
        hidden_count = len(channels) - len(self.charts)
        noun = "channel" if hidden_count == 1 else "channels"
        self._more.set_text(f"and {hidden_count:,} more {noun}")
        show(self._more, hidden_count > 0)
        return bool(news)

    def clear(self):
        """Remove the charts of a node."""
        for chart in self.charts.values():
            chart.clear()
        self.charts = {}

    def _free(self):
        if len(self.charts) == len(self._made):
            with self._grid:
                self._made.append(Chart())
        return self._made[len(self.charts)]


def difference(before, after):
    """Return the change from `before` to `after` as (dropped, kept, added).

    The first `dropped` items of `before` are removed, the next `kept` items stay, and the list
    `added` follows them. `before` and `after` are lists of [time, value] in order of time.
    """
    dropped = bisect_left(before, after[0][0], key=lambda item: item[0]) if after else 0
    kept = 0
    for old, new in zip(before[dropped:], after, strict=False):
        if old != new:
            break
        kept += 1
    return dropped, kept, after[kept:]
