"""Draws docs/wiring/EXAMPLE.svg for each example with sensors: which pins are connected.

The pins come from the example's file and the board's file. Each net (3V3, GND, SDA, a pin) is a
vertical line; a dot is a connection.
"""

import tomllib
from pathlib import Path

from wherry_host.config import drivers
from wherry_host.svg import text

_ROOT = Path(__file__).parents[1]
_FOLDER = _ROOT / "docs/wiring"
_EXAMPLES = "garden", "weather", "tracker"
# The board that the examples' comments name pins of.
_BOARD = "esp32_generic"
# The names of a sensor's own pins, if they are not DATA.
_SIGNALS = {"analog": "OUT", "pulse": "contact", "contact": "contact"}
# What is not a wire.
_NOTES = {
    "ds18b20": "4.7 kΩ from DATA to 3V3",
    "dht": "4.7 kΩ from DATA to 3V3",
    "battery": "two equal resistors",
    "gps": "a transistor switches VCC",
}
_COLOURS = {"3V3": "#c62828", "GND": "#37474f", "SDA": "#1565c0", "SCL": "#ef6c00"}
_SIGNAL_COLOURS = ("#2e7d32", "#6a1b9a", "#00838f", "#ad1457", "#5d4037")
_TOP, _ROW, _HEAD, _GAP = 46, 20, 26, 14
# The board's lines are half a row lower than the sensors', so that none runs over another.
_BOARD_TOP = _TOP + _ROW // 2
_BOARD_X, _BOARD_WIDTH, _NET_X, _NET_STEP, _BOX_WIDTH = 16, 150, 190, 18, 190
_STYLE = """<style>
text { font: 12px sans-serif; fill: #212121 } .title { font-size: 15px; font-weight: bold }
.head { font-weight: bold } .note { fill: #616161; font-style: italic }
rect { fill: #fafafa; stroke: #607d8b; rx: 6 } path { fill: none; stroke-width: 2 }
</style>"""


def wires(sensor, board):
    """Return [(net, the sensor's pin)] of a [[sensor]] section."""
    driver = sensor["driver"]
    if driver == "battery":
        return [
            (f"GPIO {board['battery']['adc_pin']}", "middle of the divider"),
            ("GND", "minus of the cell"),
        ]
    supply = f"GPIO {sensor['power_pin']}" if "power_pin" in sensor else "3V3"
    options = drivers.options(driver)
    found = [("GND", "GND")]
    if driver not in ("pulse", "contact"):
        found.insert(0, (supply, "VCC"))
    for key, (kind, *default) in options.items():
        if kind == "pin":
            found.append((f"GPIO {sensor[key]}", _SIGNALS.get(driver, "DATA")))
        elif kind == "bus":
            bus = board["buses"][sensor.get(key, default[0])]
            is_i2c = "scl" in bus
            found += [("SDA", "SDA"), ("SCL", "SCL")] if is_i2c else [(f"GPIO {bus['rx']}", "TX")]
    return found


def drawing(title, board, sensors):
    """Return the SVG of a board and its sensors, [(driver, [(net, pin)])]."""
    used = {net for _, pins in sensors for net, _ in pins}
    nets = [each for each in _COLOURS if each in used]
    nets += sorted(used - set(nets), key=lambda net: int(net.split()[1]))
    colours = dict(_COLOURS)
    for i, net in enumerate(each for each in nets if each not in _COLOURS):
        colours[net] = _SIGNAL_COLOURS[i % len(_SIGNAL_COLOURS)]
    xs = {net: _NET_X + _NET_STEP * i for i, net in enumerate(nets)}
    box_x = _NET_X + _NET_STEP * len(nets) + 10
    lines, boxes, y = [], [], _TOP
    ends = {net: [_BOARD_TOP + _HEAD + _ROW * i + 6] for i, net in enumerate(nets)}
    for net in nets:
        lines.append(_line(_BOARD_X + _BOARD_WIDTH, ends[net][0], xs[net], colours[net]))
    for driver, pins in sensors:
        rows = len(pins) + (driver in _NOTES)
        boxes.append(_box(box_x, y, _BOX_WIDTH, _HEAD + _ROW * rows, driver))
        for i, (net, pin) in enumerate(pins):
            at = y + _HEAD + _ROW * i + 6
            lines.append(_line(xs[net], at, box_x, colours[net]))
            lines.append(f'<circle cx="{xs[net]}" cy="{at}" r="3.5" fill="{colours[net]}"/>')
            boxes.append(text(box_x + 8, at + 4, pin))
            ends[net].append(at)
        if driver in _NOTES:
            at = y + _HEAD + _ROW * len(pins) + 10
            boxes.append(text(box_x + 8, at, _NOTES[driver], "note"))
        y += _HEAD + _ROW * rows + _GAP
    for net in nets:
        path = f"M{xs[net]} {min(ends[net])}V{max(ends[net])}"
        lines.insert(0, f'<path d="{path}" stroke="{colours[net]}"/>')
    boxes.append(
        _box(
            _BOARD_X,
            _BOARD_TOP,
            _BOARD_WIDTH,
            _HEAD + _ROW * len(nets),
            board["name"].partition(" (")[0],
        )
    )
    for net in nets:
        boxes.append(
            text(_BOARD_X + _BOARD_WIDTH - 8, ends[net][0] + 4, _label(net, board), "", "end")
        )
    height = max(y, _BOARD_TOP + _HEAD + _ROW * len(nets) + _GAP)
    width = box_x + _BOX_WIDTH + 16
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}">'
    )
    ground = f'<path d="M0 0H{width}V{height}H0Z" style="fill: #fff"/>'
    parts = [head, _STYLE, ground, text(_BOARD_X, 26, title, "title"), *lines, *boxes, "</svg>"]
    return "\n".join(parts) + "\n"


def _label(net, board):
    bus = board["buses"]["i2c0"]
    return f"{net} (GPIO {bus[net.lower()]})" if net in ("SDA", "SCL") else net


def _line(x, y, to_x, colour):
    return f'<path d="M{x} {y}H{to_x}" stroke="{colour}"/>'


def _box(x, y, width, height, name):
    rect = f'<rect x="{x}" y="{y}" width="{width}" height="{height}"/>'
    return rect + text(x + 8, y + 18, name, "head")


def drawings():
    """Return {path: SVG} of all examples."""
    board = tomllib.loads((_ROOT / f"boards/{_BOARD}.toml").read_text("utf-8"))
    found = {}
    for name in _EXAMPLES:
        sections = tomllib.loads((_ROOT / f"examples/{name}.toml").read_text("utf-8"))["sensor"]
        sensors = [(each["driver"], wires(each, board)) for each in sections]
        title = f"examples/{name}.toml on {_BOARD}"
        found[_FOLDER / f"{name}.svg"] = drawing(title, board, sensors)
    return found


def main():
    """Write all drawings."""
    for path, content in drawings().items():
        path.write_text(content, "utf-8")


if __name__ == "__main__":
    main()
