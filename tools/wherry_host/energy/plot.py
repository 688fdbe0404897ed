"""Draw the charge left over the days as SVG, alone or in an HTML page."""

from html import escape

from wherry_host.svg import text

_WIDTH, _HEIGHT = 860, 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 190, 84, 352
_POINTS_MAX = 240
# The labels on the right of their curves' ends, and how far below; half the width of the others.
_BESIDE_PX = {"wherry": -10, "Enviro's policy": 4}
_HALF_LABEL = 125
_DAYS_STEPS = (10, 20, 50, 100, 200, 500, 1000)
_STYLE = """
text { font: 13px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #24303c }
.title { font-size: 17px; font-weight: 600 } .faint { fill: #5f6b78; font-size: 12px }
.ours { font-weight: 600 } .grid { stroke: #dfe5ea; stroke-width: 1 }
.paper { fill: #ffffff } .line { fill: none; stroke: #8493a1; stroke-width: 2 }
.line.ours { stroke: #0b7a8c; stroke-width: 3 } .plan { stroke: #b4552d; stroke-dasharray: 5 4 }
.planned { fill: #b4552d }
.label { paint-order: stroke; stroke: #ffffff; stroke-width: 5px }
@media (prefers-color-scheme: dark) {
  text { fill: #e4e9ee } .faint { fill: #93a1af } .grid { stroke: #313c47 }
  .paper { fill: #161c22 } .line { stroke: #6d7d8c } .line.ours { stroke: #35b5c9 }
  .label { stroke: #161c22 } .plan { stroke: #e08a5f } .planned { fill: #e08a5f }
}
"""


def svg(outlook, title, days):
    """Return the plot as SVG; `title` names the node, `days` is the planned number of days."""
    ours = [share for share, _ in outlook.life(3650)]
    curves = [(f"{name}", _straight(outlook, mah)) for name, mah in outlook.peers_mah().items()]
    end = outlook.cell.end_share
    curves.append(("wherry", [*enumerate(ours), (len(ours), end)]))
    last = max(days, len(ours)) * 1.02
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img"'
        f' aria-label="Charge left over the days: wherry {len(ours)} days">',
        f"<style>{_STYLE}</style>",
        f'<rect class="paper" width="{_WIDTH}" height="{_HEIGHT}" rx="10"/>',
        text(24, 34, title, "title"),
        text(24, 56, f"Charge left of a cell of {outlook.cell.capacity_mah:g} mAh, in %. All take"
              " the same rows. A model, not a measurement.", "faint"),
        *_grid(last),
        *(part for curve in curves for part in _curve(*curve, last)),
        *_plan(days, last),
        "</svg>",
    ]  # fmt: skip
    return "\n".join(parts) + "\n"


def page(outlook, title, days, lines):
    """Return an HTML page with the plot and the lines of text.py."""
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>body{{max-width:900px;margin:2em auto;"
        "padding:0 1em;font:15px system-ui,sans-serif}pre{overflow:auto}svg{width:100%}</style>"
        f"{svg(outlook, title, days)}<pre>{escape(chr(10).join(lines))}</pre></html>\n"
    )


def _straight(outlook, mah):
    return [(0, 1), (outlook.cell.days(mah), outlook.cell.end_share)]


def _x(day, last):
    return _LEFT + (_WIDTH - _LEFT - _RIGHT) * day / last


def _y(share):
    return _BOTTOM - (_BOTTOM - _TOP) * share


def _grid(last):
    for percent in (0, 25, 50, 75, 100):
        y = _y(percent / 100)
        yield f'<path class="grid" d="M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}"/>'
        yield text(_LEFT - 8, y + 4, f"{percent}", "faint", "end")
    step = next((each for each in _DAYS_STEPS if last / each <= 8), _DAYS_STEPS[-1])
    for day in range(0, int(last) + 1, step):
        yield text(_x(day, last), _BOTTOM + 20, f"{day}", "faint", "middle")
    yield text(_x(last / 2, last), _BOTTOM + 44, "days", "faint", "middle")


def _curve(name, points, last):
    kind = "ours" if name == "wherry" else ""
    every = max(1, len(points) // _POINTS_MAX)
    kept = [*points[:-1:every], points[-1]]
    path = "L".join(f"{_x(day, last):.1f} {_y(share):.1f}" for day, share in kept)
    yield f'<path class="line {kind}" d="M{path}"/>'
    day, share = points[-1]
    label = f"{name}: {day:.0f} days"
    x, y = _x(day, last), _y(share)
    if name in _BESIDE_PX:
        yield text(x + 6, y + _BESIDE_PX[name], label, f"label {kind}")
    else:
        # Below the curve's end, because the next curve ends on its right.
        yield text(max(x, _LEFT + _HALF_LABEL), y + 24, label, "label", "middle")


def _plan(days, last):
    x = _x(days, last)
    yield f'<path class="plan" d="M{x:.1f} {_TOP}V{_BOTTOM}"/>'
    yield text(x, _TOP - 8, f"{days} days planned", "planned", "middle")
