"""The text of the report: its first lines, the counts, the charge by cause, the faults."""

from html import escape

from wherry_host.energy.meter import CAUSES
from wherry_host.year.outcome import COUNTS
from wherry_host.year.report.amounts import days_text, mah_text, ms_text, span_text
from wherry_host.year.report.bands import by_kind
from wherry_host.year.report.panels import CAUSE_NAMES

_BAD = "violations"


def first_lines(cell_life, charges, lived_days):
    """Yield the first lines; `cell_life` is None for a node on mains."""
    if cell_life is None:
        yield f"The node is on mains, without a cell: {mah_text(charges.node_mah)} mAh per day."
    else:
        yield _life_text(cell_life)
    yield _largest_text(charges)
    if cell_life is None:
        return
    if cell_life.empty_days is not None:
        yield (
            f"The simulation continues to day {lived_days:g} as if the empty cell still supplied"
            " the board."
        )
    else:
        yield "The expected life is at the mean charge per day of this life, with self-discharge."
    yield (
        f"The range is for {100 * cell_life.low:.0f} to {100 * cell_life.high:.0f} % of the node's"
        " charge, the spread of the forecast of wherry battery: published currents and times,"
        " not measured ones."
    )


def _life_text(found):
    fewest = days_text(found.fewest_days).removesuffix(" days")
    span = f"{fewest} to {days_text(found.most_days).removesuffix(' days')}"
    if found.empty_days is not None:
        return f"The cell is empty after {days_text(found.days)} ({span})."
    return f"Expected life of the cell: {days_text(found.days)} ({span})."


def _largest_text(charges):
    causes, total_mah = charges.causes_mah, charges.total_mah
    largest = max(causes, key=causes.__getitem__)
    text = f"Largest consumer of charge: {_share_text(largest, causes[largest], total_mah)}."
    if largest in CAUSES:
        return text
    own = max(CAUSES, key=causes.__getitem__)
    return f"{text} Largest consumer in the node: {CAUSE_NAMES[own]}, {mah_text(causes[own])} mAh."


def _share_text(cause, mah, total_mah):
    name = CAUSE_NAMES.get(cause, cause)
    return f"{name}, {mah_text(mah)} of {mah_text(total_mah)} mAh per day"


class Charges:
    """The mean mAh of a day: `causes_mah` by cause, with the self-discharge of a Cell.

    `cell` is None for a node on mains; `lived_days` is the length of the life.
    """

    def __init__(self, track, cell, lived_days):
        sums = {cause: sum(each) for cause, each in track.causes_mah.items()}
        self.causes_mah = {cause: mah / lived_days for cause, mah in sums.items()}
        self.node_mah = sum(self.causes_mah.values())
        if cell:
            self.causes_mah["self-discharge of the cell"] = cell.lost_mah
        self.total_mah = sum(self.causes_mah.values())

    def table(self):
        """Return the HTML of a table: cause, mAh per day, share."""
        rows = []
        for cause, mah in self.causes_mah.items():
            kind = cause if cause in CAUSES else "lost_charge"
            share = 100 * mah / self.total_mah
            rows.append(
                f'<tr><td class="cause {kind}">{escape(CAUSE_NAMES.get(cause, cause))}</td>'
                f'<td>{mah_text(mah)}</td><td>{share:.0f} %</td><td class="bar">'
                f'<i class="{kind}" style="width:{share:.1f}%"></i></td></tr>'
            )
        total = mah_text(self.total_mah)
        last = f'<tr class="total"><td>total</td><td>{total}</td><td></td><td></td></tr>'
        heads = "<tr><th>charge</th><th>mAh per day</th><th>share</th><th></th></tr>"
        return f'<table class="charge">{heads}{"".join(rows)}{last}</table>'


def counts(found):
    """Return the HTML of the counts of outcome.fields, the violations first if there are any."""
    is_bad = bool(found[_BAD])
    names = sorted(COUNTS, key=lambda name: is_bad and name != _BAD)
    cells = [
        _cell(name.replace("_", " "), f"{found[name]:,}", is_bad and name == _BAD)
        for name in names
    ]
    cells += [
        _cell("awake per day", f"{found['awake_s_per_day']:,.0f} s"),
        _cell("network per day", f"{found['wire_bytes_per_day'] / 1000:,.0f} kB"),
        _cell("worst stamp", ms_text(found["worst_stamp_error_ms"])),
    ]
    return f'<dl class="counts">{"".join(cells)}</dl>'


def _cell(name, value, is_bad=False):
    kind = ' class="bad"' if is_bad else ""
    return f"<div{kind}><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>"


def problems(found):
    """Return the HTML of the violations, or "" without any."""
    if not found[_BAD]:
        return ""
    count = found[_BAD]
    items = "".join(f"<li>{escape(text)}</li>" for text in found["problems"])
    more = count - len(found["problems"])
    rest = f"<p>{more:,} more are not shown.</p>" if more > 0 else ""
    noun = "violation" if count == 1 else "violations"
    return f'<section class="panel bad"><h2>{count:,} {noun}</h2><ul>{items}</ul>{rest}</section>'


def faults(shown, texts):
    """Return the HTML of a table of Bands by kind, and of `--faults` that repeats them."""
    if not texts:
        return ""
    rows = [
        f'<tr><td class="cause of_{part}">{escape(kind)}</td><td>{count:,}</td>'
        f"<td>{span_text(us / 1e6)}</td></tr>"
        for part, kind, count, us in by_kind(shown)
    ]
    heads = "<tr><th>fault</th><th>number</th><th>total</th></tr>"
    again = f"--faults {','.join(texts)}"
    return (
        '<details class="panel"><summary>The faults by kind, and the option that repeats them'
        f'</summary><table class="kinds">{heads}{"".join(rows)}</table>'
        f"<pre>{escape(again)}</pre></details>"
    )
