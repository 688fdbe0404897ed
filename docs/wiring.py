"""Draws docs/wiring/NAME.svg for each example with sensors: which pins are connected.

The pins come from the example's file and the board's file. Each net (3V3, GND, SDA, a pin) is a
vertical line; a dot is a connection.
"""

import tomllib
from itertools import cycle
from pathlib import Path

from wherry_host.config import drivers
from wherry_host.svg import text

_ROOT = Path(__file__).parents[1]
_FOLDER = _ROOT / "docs/wiring"
# The board that the examples' comments name pins of.
_BOARD = "esp32_generic"
# {name of the drawing: (example, board)}
_DRAWINGS = {
    "garden": ("garden", _BOARD),
    "garden_firebeetle": ("garden", "firebeetle_esp32"),
    "weather": ("weather", _BOARD),
    "tracker": ("tracker", _BOARD),
}
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


class Drawing:
    """The SVG of a board and its sensors, [(driver, [(net, pin)])]."""

    def __init__(self, title, board, sensors):
        used = {net for _, pins in sensors for net, _ in pins}
        nets = [each for each in _COLOURS if each in used]
        nets += sorted(used - set(nets), key=lambda net: int(net.split()[1]))
        own = (each for each in nets if each not in _COLOURS)
        self._colours = _COLOURS | dict(zip(own, cycle(_SIGNAL_COLOURS), strict=False))
        self._xs = {net: _NET_X + _NET_STEP * i for i, net in enumerate(nets)}
        self._box_x = _NET_X + _NET_STEP * len(nets) + 10
        self._lines, self._boxes = [], []
        #: The heights at which each net has a line, the board's first.
        self._ends = {net: [_BOARD_TOP + _HEAD + _ROW * i + 6] for i, net in enumerate(nets)}
        bottom = self._add_sensors(sensors)
        self._add_board(board)
        height = max(bottom, _BOARD_TOP + _HEAD + _ROW * len(nets) + _GAP)
        self.text = self._joined(title, self._box_x + _BOX_WIDTH + 16, height)

    def _add_sensors(self, sensors):
        """Add a box for each sensor, and the lines from its pins; return the lower end."""
        y = _TOP
        for driver, pins in sensors:
            rows = len(pins) + (driver in _NOTES)
            self._boxes.append(_box(self._box_x, y, _BOX_WIDTH, _HEAD + _ROW * rows, driver))
            for i, (net, pin) in enumerate(pins):
                self._add_pin(net, pin, y + _HEAD + _ROW * i + 6)
            if driver in _NOTES:
                at = y + _HEAD + _ROW * len(pins) + 10
                self._boxes.append(text(self._box_x + 8, at, _NOTES[driver], "note"))
            y += _HEAD + _ROW * rows + _GAP
        return y

    def _add_pin(self, net, pin, at):
        x, colour = self._xs[net], self._colours[net]
        self._lines.append(_line(f"M{x} {at}H{self._box_x}", colour))
        self._lines.append(f'<circle cx="{x}" cy="{at}" r="3.5" fill="{colour}"/>')
        self._boxes.append(text(self._box_x + 8, at + 4, pin))
        self._ends[net].append(at)

    def _add_board(self, board):
        """Add the board's box, the lines from its pins, and the nets."""
        right, name = _BOARD_X + _BOARD_WIDTH, board["name"].partition(" (")[0]
        height = _HEAD + _ROW * len(self._ends)
        self._boxes.append(_box(_BOARD_X, _BOARD_TOP, _BOARD_WIDTH, height, name))
        for net, ends in self._ends.items():
            x, colour = self._xs[net], self._colours[net]
            self._lines.append(
                _line(f"M{right} {ends[0]}H{x}M{x} {min(ends)}V{max(ends)}", colour)
            )
            self._boxes.append(text(right - 8, ends[0] + 4, _label(net, board), "", "end"))

    def _joined(self, title, width, height):
        space = f'xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
        ground = f'<path d="M0 0H{width}V{height}H0Z" style="fill: #fff"/>'
        head = [
            f'<svg {space} width="{width}">',
            _STYLE,
            ground,
            text(_BOARD_X, 26, title, "title"),
        ]
        return "\n".join([*head, *self._lines, *self._boxes, "</svg>"]) + "\n"


def _label(net, board):
    bus = board["buses"]["i2c0"]
    return f"{net} (GPIO {bus[net.lower()]})" if net in ("SDA", "SCL") else net


def _line(path, colour):
    return f'<path d="{path}" stroke="{colour}"/>'


def _box(x, y, width, height, name):
    rect = f'<rect x="{x}" y="{y}" width="{width}" height="{height}"/>'
    return rect + text(x + 8, y + 18, name, "head")


def drawings():
    """Return {path: SVG} of all drawings."""
    found = {}
    for name, (example, board_name) in _DRAWINGS.items():
        board = tomllib.loads((_ROOT / f"boards/{board_name}.toml").read_text("utf-8"))
        sections = tomllib.loads((_ROOT / f"examples/{example}.toml").read_text("utf-8"))["sensor"]
        sensors = [(each["driver"], wires(each, board)) for each in sections]
        title = f"examples/{example}.toml on {board_name}"
        found[_FOLDER / f"{name}.svg"] = Drawing(title, board, sensors).text
    return found


def main():
    """Write all drawings."""
    for path, content in drawings().items():
        path.write_text(content, "utf-8")


if __name__ == "__main__":
    main()
