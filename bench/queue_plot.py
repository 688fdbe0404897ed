"""Draw docs/queue.svg: bytes per reading and days offline of each way, on log scales."""

import math

from wherry_host.svg import text

_WIDTH, _ROW, _TOP, _LEFT, _BAR = 860, 34, 96, 190, 262
_PANELS = (
    ("bytes", "bytes of flash a reading", "fewer is better", 0.5, 100, (1, 10, 100)),
    ("days", "days offline in 2 MB", "more is better", 0.1, 400, (1, 10, 100)),
)
_STYLE = """
text { font: 13px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #24303c }
.title { font-size: 17px; font-weight: 600 } .faint { fill: #6b7886; font-size: 12px }
.ours { font-weight: 600 } .grid { stroke: #dfe5ea; stroke-width: 1 }
.paper { fill: #ffffff } .track { fill: #f3f6f8 }
.bar { fill: #a9b7c4 } .bar.ours { fill: #0b7a8c }
@media (prefers-color-scheme: dark) {
  text { fill: #e4e9ee } .faint { fill: #93a1af } .grid { stroke: #313c47 }
  .paper { fill: #161c22 } .track { fill: #1e262e } .bar { fill: #5d6c7a }
  .bar.ours { fill: #35b5c9 }
}
"""


def write(path, ways):
    """Write the plot; `ways` are (title, {"bytes", "days"}); our titles begin with wherry."""
    ways = sorted(ways, key=lambda way: way[1]["days"], reverse=True)
    height = _TOP + _ROW * len(ways) + 72
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img"'
        f' aria-label="Bytes a reading and days offline of {len(ways)} ways of keeping readings">',
        f"<style>{_STYLE}</style>",
        f'<rect class="paper" width="{_WIDTH}" height="{height}" rx="10"/>',
        text(24, 34, "Keeping readings in flash", "title"),
        *(part for i, panel in enumerate(_PANELS) for part in _panel(i, panel, ways)),
        *(_name(i, title) for i, (title, _) in enumerate(ways)),
        text(24, height - 34, "Five channels a minute; every row durable, but in the stage, which"
              " is queued when it is full and which a power cut empties.", "faint"),
        text(24, height - 16, "2 MB with 200 KB of other files: littlefs filled to 85 %, or a"
              " ring in its place. Logarithmic scales.", "faint"),
        "</svg>",
    ]  # fmt: skip
    path.write_text("\n".join(parts) + "\n")


def _panel(index, panel, ways):
    key, title, remark, low, high, ticks = panel
    left = _LEFT + 24 + index * (_BAR + 60)
    bottom = _TOP + _ROW * len(ways)

    def x(value):
        share = math.log(max(value, low) / low) / math.log(high / low)
        return left + _BAR * min(1, share)

    yield text(left, 60, title, "ours")
    yield text(left, 77, remark, "faint")
    for i in range(len(ways)):
        y = _TOP + i * _ROW + 7
        yield f'<rect class="track" x="{left}" y="{y}" width="{_BAR}" height="20" rx="4"/>'
    for tick in ticks:
        at = x(tick)
        yield f'<path class="grid" d="M{at:.1f} {_TOP}V{bottom}"/>'
        yield text(at, bottom + 14, f"{tick:g}", "faint", "middle")
    for i, (name, row) in enumerate(ways):
        y = _TOP + i * _ROW + 7
        end = x(row[key])
        kind = _kind(name)
        size = f'width="{max(3, end - left):.1f}" height="20"'
        yield f'<rect class="bar{kind}" x="{left}" y="{y}" {size} rx="4"/>'
        yield text(end + 6, y + 15, _number(row[key]), kind.strip())


def _name(index, title):
    return text(_LEFT, _TOP + index * _ROW + 22, title, _kind(title).strip(), "end")


def _kind(title):
    return " ours" if title.startswith("wherry") else ""


def _number(value):
    return f"{value:.0f}" if value >= 50 else f"{value:.1f}" if value >= 5 else f"{value:.2f}"
