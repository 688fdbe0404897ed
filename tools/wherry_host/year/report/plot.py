"""Shapes of one plot as SVG, which stretches to its place; its labels are HTML.

A plot is WIDTH wide and HEIGHT high in its own units, with the zero at the bottom. So the same
plot fits a phone and a desktop, and its labels keep their size.
"""

from html import escape
from math import ceil, floor, log10
from typing import NamedTuple

from wherry_host.year.report.amounts import number_text
from wherry_host.year.world.clock import DAY_US

WIDTH, HEIGHT = 1000, 100
_TICKS_MAX, _DAYS_MAX = 4, 10


class Scale(NamedTuple):
    """A vertical axis: `ticks` are [(value, label)], from `low` to `high`."""

    low: float
    high: float
    ticks: list
    is_log: bool = False

    def y(self, value):
        """Return the height of a value, from 0 at the bottom to HEIGHT."""
        low, high = self.low, self.high
        if self.is_log:
            value, low, high = (log10(max(each, self.low)) for each in (value, low, high))
        return HEIGHT * min(max((value - low) / (high - low), 0), 1)


def linear(top, label=number_text):
    """Return a Scale from 0 to a round value of at least `top`."""
    step = _round_step(top / _TICKS_MAX)
    count = max(1, ceil(top / step - 1e-9))
    return Scale(0, count * step, [(i * step, label(i * step)) for i in range(count + 1)])


def logarithmic(bottom, top, label):
    """Return a Scale of powers of ten around two values, which are above 0."""
    first, last = floor(log10(bottom)), ceil(log10(top))
    last = max(last, first + 1)
    ticks = [(10.0**i, label(10.0**i)) for i in range(first, last + 1)]
    return Scale(10.0**first, 10.0**last, ticks, is_log=True)


def _round_step(least):
    """Return 1, 2 or 5 times a power of ten that is at least a value."""
    if least <= 0:
        return 1
    power = 10.0 ** floor(log10(least))
    return next(power * each for each in (1, 2, 5, 10) if power * each >= least * (1 - 1e-9))


class Axis:
    """The time axis of all plots, from the first to the last of some Steps."""

    def __init__(self, steps):
        self.steps = steps
        self._span_us = steps.end_us - steps.begin_us
        self._edges = [self.x(steps.edge_us(i)) for i in range(steps.count + 1)]

    def x(self, time_us):
        """Return the place of a time, from 0 to WIDTH."""
        return WIDTH * (time_us - self.steps.begin_us) / self._span_us

    def labels(self):
        """Return the HTML of the days below a plot; a phone shows every second one."""
        days = self._span_us / DAY_US
        step = _round_step(days / _DAYS_MAX)
        parts = []
        for i in range(floor(days / step * (1 + 1e-9)) + 1):
            words = f"{i * step:,g}" if i else "day 0"
            parts.append(f'<span style="left:{100 * i * step / days:.2f}%">{words}</span>')
        return f'<div class="days">{"".join(parts)}</div>'

    def area(self, kind, lows, highs):
        """Return the steps between two lists of heights as a filled path of a class."""
        there = _path(self._edges, highs)
        back = _path(self._edges[::-1], lows[::-1])
        return f'<path class="area {kind}" d="M{there}L{back}Z"/>' if lows != highs else ""

    def stair(self, kind, heights):
        """Return a line of steps as a path of a class; a height of None leaves a hole."""
        parts, i = [], 0
        while i < len(heights):
            end = i
            while end < len(heights) and heights[end] is not None:
                end += 1
            if end > i:
                parts.append("M" + _path(self._edges[i : end + 1], heights[i:end]))
            i = end + 1
        return f'<path class="line {kind}" d="{"".join(parts)}"/>'

    def curve(self, kind, heights):
        """Return a line through a height at each edge of the steps."""
        points = zip(self._edges, heights, strict=True)
        return f'<path class="line {kind}" d="M{"L".join(_point(*each) for each in points)}"/>'

    def spans(self, kind, spans_us):
        """Return spans (begin, end) of time as a path of a class; spans that touch are one."""
        merged = []
        for begin_us, end_us in sorted(spans_us):
            begin, end = (round(self.x(each), 1) for each in (begin_us, end_us))
            if merged and begin <= merged[-1][1]:
                merged[-1][1] = max(merged[-1][1], end)
            else:
                merged.append([begin, end])
        path = "".join(f"M{b:g} 0H{e:g}V{HEIGHT}H{b:g}Z" for b, e in merged)
        return f'<path class="{kind}" d="{path}"/>'


def _path(edges, heights):
    """Return the corners of steps with heights between edges, without the first letter."""
    words, before = [], None
    for i, height in enumerate(heights):
        if height == before:
            words[-1] = f"H{edges[i + 1]:.1f}"
        else:
            start = _point(edges[i], height) if before is None else f"V{HEIGHT - height:.1f}"
            words += [start, f"H{edges[i + 1]:.1f}"]
        before = height
    return "".join(words)


def _point(x, height):
    return f"{x:.1f} {HEIGHT - height:.1f}"


def grid(scale):
    """Return the horizontal lines of a Scale's ticks."""
    lines = "".join(f"M0 {HEIGHT - scale.y(value):.1f}H{WIDTH}" for value, _ in scale.ticks)
    return f'<path class="grid" d="{lines}"/>'


def svg(shapes, title, kind=""):
    """Return an SVG element with some shapes; `title` describes it to a screen reader."""
    return (
        f'<svg class="{kind}" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" role="img"'
        f' aria-label="{escape(title)}">{"".join(shapes)}</svg>'
    )


def heights_labels(scale):
    """Return the HTML of the labels at the left of a plot."""
    parts = [
        f'<span style="bottom:{100 * scale.y(value) / HEIGHT:.2f}%">{escape(label)}</span>'
        for value, label in scale.ticks
    ]
    return f'<div class="heights">{"".join(parts)}</div>'
