"""The curves of the chosen node: one chart per channel, updated as points come in.

The browser keeps the points. An update has the number of points to drop from the front, the number
of points that stay, and the points to append.
"""

import asyncio
import sqlite3
import time
from urllib.parse import urlencode

from nicegui import context, json

from wherry_host.page import marks, zoom
from wherry_host.page.channels import HEALTH_PREFIX
from wherry_host.page.chart import Grid
from wherry_host.page.curve import series, window
from wherry_host.page.markup import button, element, moment, press, put, put_moment, show

WINDOWS = {
    "5 min": 300,
    "1 h": 3_600,
    "1 d": 86_400,
    "30 d": 30 * 86_400,
    "all": None,
}
# The number of uploads that a node's window shows until the user chooses a window.
_UPLOADS_COUNT = 40
_FIRST = ("temperature", "humidity", "pressure")
_MOVE_S = 1
_DRAW_S = 0.15
_HINT = (
    "Drag across a chart to zoom, with Shift to move; keys: "
    "+ \N{MINUS SIGN} \N{LEFTWARDS ARROW} \N{RIGHTWARDS ARROW} Esc"
)


class Charts:
    """The charts of one device. Queries run in threads, and only open charts are drawn.

    The live range moves with time; the user may choose another span (zoom.js).
    """

    def __init__(self, feed):
        self._feed = feed
        self._key = None
        self._window, self._is_chosen, self._are_folds_open = "5 min", False, False
        self._is_stale, self._drawn_s, self._first_us = True, 0, 0
        self._zoom = self._reported = self._request_id = None
        self._curves, self._marks = {}, []
        with element(
            "section", "panel", test="curves", aria_label="Curves", tabindex=0,
            aria_keyshortcuts="+ - ArrowLeft ArrowRight Escape",
        ) as self._panel:  # fmt: skip
            self._build_heading()
            self._empty = element("div", "empty", "It has not delivered yet", test="no-points")
            self._sensors = Grid()
            with element("details", "fold", test="health") as self._fold:
                element("summary", "", "The node's own health")
                self._health = Grid()
            self._fold.on("toggle", self._turn_fold, js_handler="e => emit(e.target.open)")
        self._panel.on("zoom", self._look, js_handler="e => emit(e.detail)")

    def _build_heading(self):
        with element("div", "heading"):
            self._title = element("h2", "grow", test="device")
            self._export = element(
                "a", "muted", "CSV", test="export", title="All its points", download="",
            )  # fmt: skip
            with element("span", "legend", test="legend"):
                element("span", "", "as measured")
                element("span", "late", "delivered late")
                element("span", "gap", "gap")
                self._kinds = {
                    kind: element("span", f"mark {kind}", text, f"legend-{kind}")
                    for kind, text in marks.KINDS.items()
                }
            with element("div", "ranges"):
                with element("span", "muted") as self._young:
                    element("span", "", "since ")
                    self._since = moment(0, test="since")
                    element("span", "", ", all there is")
                self._back = button(
                    "Back to live", self._go_back, "back", title="Escape does the same"
                )
                with element("div", "choices", role="group", aria_label="Time shown"):
                    self._windows = {name: self._window_button(name) for name in WINDOWS}
        element("div", "muted hint", _HINT, test="zoom-hint")

    def _window_button(self, name):
        return button(name, lambda: self._choose(name), "window-" + name.replace(" ", ""))

    def _choose(self, name):
        self._window, self._is_chosen = name, True
        self._go_back()

    def _go_back(self):
        self._turn_to(None)

    def _look(self, event):
        """Show the span of time that the browser requests."""
        self._turn_to(zoom.asked(event.args))

    def _turn_to(self, span):
        self._zoom, self._is_stale, self._drawn_s = span, True, 0
        self._feed.wake()

    def _turn_fold(self, event):
        self._are_folds_open, self._is_stale = bool(event.args), True
        self._feed.wake()

    async def show(self, device, has_changed):
        """Show a Device or None; `has_changed` is true if it has new points."""
        self._lay_out(device)
        for name, shown in self._windows.items():
            press(shown, name == self._window and not self._zoom)
        show(self._back, self._zoom is not None)
        self._is_stale |= has_changed
        passed_s = time.monotonic() - self._drawn_s
        if device is None or not device.newest:
            return
        if passed_s > _MOVE_S or (self._is_stale and passed_s > _DRAW_S):
            await self._draw(device)

    def _lay_out(self, device):
        """Show a chart for each visible channel of the device."""
        key = device.key if device else None
        if key != self._key:
            self._clear()
            self._key = key
            if device and not self._is_chosen:
                self._window = _fitting(device)
        channels = sorted(device.newest, key=_rank) if device else []
        health = [name for name in channels if name.startswith(HEALTH_PREFIX)]
        sensors = [name for name in channels if name not in health]
        panel = self._feed.panel_of(device) if device else None
        units = panel.units if panel else {}
        self._is_stale |= self._sensors.show(sensors, units)
        if self._are_folds_open:
            self._is_stale |= self._health.show(health, units)
        self._title.set_text(self._feed.title(device) if device else "")
        if device:
            query = urlencode({"api": device.api, "device": device.name})
            put(self._export, "href", f"/export.csv?{query}")
        show(self._panel, device is not None)
        show(self._fold, bool(health))
        show(self._empty, not channels)

    def _clear(self):
        """Drop the curves of a node, so that the next node's curves are drawn immediately."""
        for grid in (self._sensors, self._health):
            grid.clear()
        self._is_stale, self._drawn_s = True, 0
        self._zoom = self._reported = self._request_id = None
        self._curves, self._marks = {}, []
        context.client.run_javascript("wherry.clear()")

    async def _draw(self, device):
        self._drawn_s = time.monotonic()
        now_us = self._feed.now_us()
        if self._reported and self._axis(device, now_us)[0] // 1000 < self._reported[0][0]:
            # The axis now begins before the first point that was read.
            self._is_stale = True
        charts = self._sensors.charts | (self._health.charts if self._are_folds_open else {})
        try:
            changes = await self._changes(device, charts, now_us)
        except sqlite3.Error:
            # The file is locked by another process; it is read again later.
            self._is_stale = True
            return
        axis = self._axis(device, now_us)
        shown = marks.within(self._marks_of(device, now_us), *axis)
        self._explain(axis, {mark.kind for mark in shown})
        reported = [moment_us // 1000 for moment_us in axis], marks.drawn(shown)
        if reported != self._reported or changes:
            self._reported = reported
            parts = map(json.dumps, (reported[0], changes, reported[1]))
            context.client.run_javascript(f"wherry.draw({', '.join(parts)})")

    def _explain(self, axis, kinds):
        """Show which marks the axis has, and where it begins if that is later than requested."""
        for kind, shown in self._kinds.items():
            show(shown, kind in kinds)
        put_moment(self._since, self._first_us)
        show(self._young, not self._zoom and axis[0] <= self._first_us)

    async def _changes(self, device, charts, now_us):
        """Read new points; return (chart id, change) for each chart that has changed."""
        request_id = self._feed.request_id
        is_stale, self._is_stale = self._is_stale, False
        if not is_stale and request_id == self._request_id:
            return []
        # A failed request adds a mark but no point.
        names = list(charts) if is_stale else None
        drawn = await asyncio.to_thread(self._read, device, names, now_us)
        self._request_id = request_id
        for name in drawn:
            charts[name].report(device.newest[name].value)
        return [[charts[name].chart.id, charts[name].change(each)] for name, each in drawn.items()]

    def _read(self, device, names, now_us):
        """Return {channel: Series}, and note the marks and where the curves begin.

        If `names` is None, the curves stay. Runs in a thread.
        """
        history = self._feed.history
        if names is not None:
            firsts_us = [history.first_us(*device.key, name) for name in names]
            self._first_us = min((each for each in firsts_us if each is not None), default=now_us)
        # A short curve fills its chart and is reduced for the width that it has there.
        axis = self._axis(device, now_us)
        if names is not None:
            self._curves = {name: self._curve(device, name, axis) for name in names}
        self._marks = marks.refused_of(history, device, self._curves.values())
        if not self._feed.panel_of(device):
            self._marks += marks.restarts_of(history, device, axis)
        return {name: series(self._curves[name], device.interval_us) for name in names or ()}

    def _curve(self, device, name, axis):
        curve = self._feed.history.curve(*device.key, name, *axis)
        if not self._zoom:
            return curve
        return zoom.widened(curve, *self._feed.history.around(*device.key, name, *axis))

    def _marks_of(self, device, now_us):
        """Return all Marks of a device; a demo node has more than the server knows."""
        panel = self._feed.panel_of(device)
        return [*self._marks, *marks.outages(panel.outages if panel else (), now_us)]

    def _axis(self, device, now_us):
        """Return (from_us, to_us) to show."""
        if self._zoom:
            return zoom.bounded(self._zoom, self._first_us, max(now_us, device.newest_us))
        span_s = WINDOWS[self._window]
        span_us = span_s and span_s * 1_000_000
        return window(now_us, device.newest_us, span_us, self._first_us)


def _fitting(device):
    """Return the shortest window that holds the usual number of uploads of a device."""
    length_us = _UPLOADS_COUNT * device.interval_us
    return next(
        (name for name, span_s in WINDOWS.items() if (span_s or 0) * 1e6 >= length_us), "all"
    )


def _rank(channel):
    """Return a channel's sort key: temperature, humidity, pressure, others, the battery."""
    place = _FIRST.index(channel) if channel in _FIRST else len(_FIRST)
    return channel.startswith("battery"), place, channel
