"""The plots of the report, one below the other on the same axis of time."""

from html import escape

from wherry_host.energy.meter import CAUSES
from wherry_host.year.report import plot
from wherry_host.year.report.amounts import mah_text, ms_text, span_text
from wherry_host.year.report.bands import PARTS
from wherry_host.year.world.clock import DAY_US

_HOUR_US = 3_600_000_000
# Above this error in ms, the axis of the clock is logarithmic.
_CLOCK_LINEAR_MS = 5_000
# The least height of a bar in a lane.
_LANE_MIN = 25
#: {cause of charge: its name in the report}; docs/year.md explains them.
CAUSE_NAMES = {
    "sleep": "sleep",
    "program": "code while awake",
    "sensors": "wait",
    "join": "join of Wi-Fi",
    "radio": "radio after the join",
}


class Panels:
    """The panels of a life, as HTML; `shown` are its Bands, which each plot shows."""

    def __init__(self, steps, shown, fault_count):
        self._fault_count = fault_count
        self._axis, self._bands = plot.Axis(steps), shown
        self._parts = [part for part in PARTS if any(band.part == part for band in shown)]

    def faults(self):
        """Return the panel of the faults, or "" without any."""
        if not self._bands:
            return ""
        lanes = [self._lane(part, self._axis.spans(f"band of_{part}", spans), f"of_{part}")
                 for part, spans in self._spans()]  # fmt: skip
        ground = f'<svg class="hidden" aria-hidden="true"><defs>{self._ground()}</defs></svg>'
        value = f"{self._fault_count:,} fault{'s' * (self._fault_count != 1)}"
        note = "A power fault has the spans without power. Each plot below shows the same bands."
        return self._panel("Faults", value, lanes, note) + ground

    def battery(self, cell, track):
        """Return the panel of the charge that is left in a Cell."""
        steps, shares = track.steps, [1.0]
        for i, used_mah in enumerate(track.used_mah()):
            days = (steps.edge_us(i + 1) - steps.begin_us) / DAY_US
            shares.append(max(0, cell.share_after(used_mah, days)))
        scale = plot.linear(100)
        shapes = [self._axis.curve("battery", [scale.y(100 * share) for share in shares])]
        end = 100 * cell.end_share
        note = ""
        if cell.end_mv and end < 100:
            shapes.append(self._axis.curve("limit", [scale.y(end)] * len(shares)))
            note = f"Dashed: the node stops at {cell.end_mv} mV, with {end:.0f} % left."
        mv = cell.voltage_mv(shares[-1])
        value = f"{100 * shares[-1]:.0f} % left at the end, {mv / 1000:.2f} V"
        return self._plot("Charge left in the cell, %", value, scale, shapes, note)

    def energy(self, track):
        """Return the panel of the charge per day, by cause."""
        days = [track.steps.days(i) for i in range(track.steps.count)]
        rows = {
            cause: [mah / each for mah, each in zip(track.causes_mah[cause], days, strict=True)]
            for cause in CAUSES
        }
        totals = [sum(each) for each in zip(*rows.values(), strict=True)]
        scale = plot.linear(max(totals))
        mean = track.used_mah()[-1] / sum(days)
        names = [(cause, CAUSE_NAMES[cause]) for cause in CAUSES]
        value = f"{mah_text(mean)} mAh per day on average"
        shapes = self._stack(rows, scale)
        return self._plot("Charge by cause, mAh per day", value, scale, shapes, legend=names)

    def delivered(self, readings):
        """Return the panel of the deliveries on time and late."""
        steps = readings.steps
        name, per = ("day", DAY_US) if steps.width_us >= DAY_US else ("hour", _HOUR_US)
        lengths = [steps.days(i) * DAY_US / per for i in range(steps.count)]
        rows = {
            kind: [count / each for count, each in zip(counts, lengths, strict=True)]
            for kind, counts in (("on_time", readings.on_time), ("late", readings.late))
        }
        scale = plot.linear(max(map(sum, zip(*rows.values(), strict=True))))
        late = sum(readings.late)
        names = [
            ("on_time", "on time"),
            ("late", f"more than {span_text(readings.late_us / 1e6)} after the measurement"),
        ]
        total = sum(readings.on_time) + late
        value = f"{total:,} readings, {late:,} of them late"
        title = f"Delivered readings per {name}"
        return self._plot(title, value, scale, self._stack(rows, scale), legend=names)

    def waiting(self, readings):
        """Return the panel of the readings that wait."""
        scale = plot.linear(max(readings.waiting))
        heights = [scale.y(count) for count in readings.waiting]
        shapes = [self._axis.area("waiting", [0] * len(heights), heights)]
        value = f"at most {max(readings.waiting):,}; {readings.held_count:,} at the end"
        note = "The most at one time in each step: measured, and not yet at each server."
        return self._plot("Readings not delivered yet", value, scale, shapes, note)

    def clock(self, readings):
        """Return the panel of the worst error of a stamp in each step, and of its bound."""
        pairs_ms = [each and (each[0] / 1000, each[1] / 1000) for each in readings.errors_us]
        known = [each for each in pairs_ms if each]
        if not known:
            return ""
        top = max(max(each) for each in known)
        if top > _CLOCK_LINEAR_MS:
            scale = plot.logarithmic(max(1, min(map(min, known))), top, ms_text)
        else:
            scale = plot.linear(top, ms_text)
        errors, bounds = (
            [None if each is None else scale.y(each[i]) for each in pairs_ms] for i in (0, 1)
        )
        shapes = [self._axis.stair("bound", bounds), self._axis.stair("clock", errors)]
        value = f"at most {ms_text(max(error for error, _ in known))}"
        note = "The worst stamp in each step. Grey: the bound of this stamp."
        return self._plot("Error of the clock", value, scale, shapes, note)

    def gaps(self, readings):
        """Return the panel of the spans without a measurement, and of the lost readings."""
        steps, lanes = readings.steps, []
        for name, missing_us in readings.gaps:
            if not any(missing_us):
                continue
            shares = [us / DAY_US / steps.days(i) for i, us in enumerate(missing_us)]
            title = f"{span_text(sum(missing_us) / 1e6)}: {name}"
            lanes.append(self._bars(title, shares, "gap"))
        kinds = (
            ("gone", "cut short, or gone with RTC memory or a full flash", readings.gone),
            ("gone", "set aside", readings.refused),
            ("lost", "lost: a violation", readings.lost),
        )
        for kind, what, counts in kinds:
            if count := sum(counts):
                shares = [each / max(counts) for each in counts]
                lanes.append(self._bars(f"{_readings_text(count)} {what}", shares, kind))
        if not lanes:
            return self._panel("Gaps", "no span without a measurement, no lost reading")
        worst_us = max(sum(each) for _, each in readings.gaps)
        lost = sum(readings.lost)
        parts = [f"at most {span_text(worst_us / 1e6)} without a measurement"] if worst_us else []
        value = ", ".join([*parts, f"{_readings_text(lost)} lost" if lost else "no lost reading"])
        note = (
            "The height of a bar is the share of the time without a measurement or, for readings,"
            " of the most in one step."
        )
        return self._panel("Gaps", value, lanes, note)

    def _bars(self, title, shares, kind):
        heights = [max(_LANE_MIN, 100 * min(share, 1)) * (share > 0) for share in shares]
        return self._lane(title, self._axis.area(kind, [0] * len(heights), heights), kind)

    def _lane(self, title, shape, kind):
        return (
            f'<div class="lane"><span class="name {kind}">{escape(title)}</span>'
            f"{plot.svg([shape], title)}</div>"
        )

    def _stack(self, rows, scale):
        shapes, lows = [], [0.0] * self._axis.steps.count
        for kind, values in rows.items():
            highs = [low + value for low, value in zip(lows, values, strict=True)]
            heights = (list(map(scale.y, each)) for each in (lows, highs))
            shapes.append(self._axis.area(kind, *heights))
            lows = highs
        return shapes

    def _spans(self):
        for part in self._parts:
            yield part, [(b.begin_us, b.end_us) for b in self._bands if b.part == part]

    def _ground(self):
        paths = [self._axis.spans(f"wash of_{part}", spans) for part, spans in self._spans()]
        return f'<g id="ground">{"".join(paths)}</g>'

    def _plot(self, title, value, scale, shapes, note="", legend=()):
        ground = ['<use href="#ground"/>'] if self._bands else []
        drawn = plot.svg([*ground, plot.grid(scale), *shapes], f"{title}: {value}", "chart")
        names = "".join(f'<span class="{kind}">{escape(name)}</span>' for kind, name in legend)
        below = f'<div class="legend">{names}</div>' if names else ""
        whole = f'<div class="plot">{plot.heights_labels(scale)}{drawn}</div>'
        return self._panel(title, value, [whole], note, below)

    def _panel(self, title, value, parts=(), note="", legend=""):
        days = self._axis.labels() if parts else ""
        text = f'<p class="note">{escape(note)}</p>' if note else ""
        return (
            f'<figure class="panel"><figcaption><b>{escape(title)}</b>'
            f"<span>{escape(value)}</span></figcaption>{legend}"
            f"{''.join(parts)}{days}{text}</figure>"
        )


def _readings_text(count):
    return f"{count:,} reading{'s' * (count != 1)}"
