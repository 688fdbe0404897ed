"""Writes docs/sensors.md from the drivers in lib/wherry/sensors and the facts in sensors.toml.

Channels, keys and addresses are the tables of a driver. The reasons for a withheld value are
collected from the texts in its source. sensors.toml has a table for each driver; a value there is
[text, source], and an unknown value is left out:

asleep, measuring   supply current between readings and during one
wiring, note        one line each
example             the keys of the TOML block that have no default
"""

import ast
import itertools
import json
import re
import tomllib
from importlib import import_module
from pathlib import Path

from wherry_host.config import drivers

# `wherry` has the chip's modules only once `wherry_host` is imported.
messages = import_module("wherry.config.messages")
failures = import_module("wherry.sampling.failures")

_HERE = Path(__file__).parent
PAGE, FACTS = _HERE / "sensors.md", _HERE / "sensors.toml"
UNKNOWN = "…"
_FORMAT = re.compile(r"%[0-9.]*[a-z]")
_PLACES = ("bus", "address", "uart")
# A list of more addresses is printed as a span.
_ADDRESSES_MAX = 4
_HEAD = """\
# Sensors

`docs/sensors.py` generates this page from the drivers in `lib/wherry/sensors` and
`docs/sensors.toml`. Do not edit it by hand. [config.md](config.md#sensor-one-to-32) explains the
keys that every sensor has. [own_driver.md](own_driver.md) shows how to add a driver.

* SDA and SCL need a pull-up resistor to 3.3 V each, for example 4.7 kΩ (Aosong DHT20 data sheet
  V1.0, section 5.3). Most breakout boards have these resistors; bare chips do not.
* A pin of an ESP32 tolerates at most 3.3 V. Power a breakout with pull-ups from 3.3 V, not from
  5 V.
* The currents are typical for the chip alone. A breakout with a regulator or an LED draws more.
* The pins of the bus `i2c0` are in the board's file in `boards/`: GPIO 21 (SDA) and 22 (SCL) on an
  ESP32 DevKit.
* [troubleshooting.md](troubleshooting.md#sensors) has a remedy for each kind of reason.
* Reasons that any sensor can report: %s."""


class Reasons:
    """The texts that a module gives for withheld values, from its source."""

    def __init__(self, module):
        self._module = module
        nodes = list(ast.walk(ast.parse(Path(module.__file__).read_text("utf-8"))))
        self._functions = {each.name: each for each in nodes if isinstance(each, ast.FunctionDef)}
        self._assigned, self._imported = {}, {}
        for node in nodes:
            for target in node.targets if isinstance(node, ast.Assign) else ():
                self._assigned.setdefault(ast.unparse(target), []).append(node.value)
            if isinstance(node, ast.ImportFrom) and node.module.startswith("wherry."):
                self._imported |= {each.name: node.module for each in node.names}
        self._nodes = nodes

    def all(self, function=None):
        """Return the reasons of the module, or of a function, in the order of the source."""
        nodes = ast.walk(self._functions[function]) if function else self._nodes
        values = [value for node in nodes for value in _values(node)]
        values.sort(key=lambda value: value.lineno)
        found = [text for value in values for text in self.texts(value)]
        for name in self._imported:
            other = self._other(name)
            found += other.all(name) if name in other._functions else []
        return found

    def _other(self, name):
        return Reasons(import_module(self._imported[name]))

    def returned(self, name, seen=()):
        """Return the texts that a function returns."""
        nodes = ast.walk(self._functions[name]) if name in self._functions else ()
        returns = [each.value for each in nodes if isinstance(each, ast.Return) and each.value]
        return [text for value in returns for text in self.texts(value, (*seen, name))]

    def texts(self, value, seen=()):
        """Return the texts that an expression may have, [] for one that is not a text."""
        if isinstance(value, ast.Constant):
            return [value.value] if isinstance(value.value, str) else []
        if isinstance(value, ast.IfExp):
            return self.texts(value.body, seen) + self.texts(value.orelse, seen)
        if isinstance(value, ast.BoolOp):
            return [text for each in value.values for text in self.texts(each, seen)]
        if isinstance(value, ast.BinOp):
            return self._joined(value, seen)
        if isinstance(value, ast.Name | ast.Attribute):
            return self._named(ast.unparse(value), seen)
        return self._called(value, seen) if isinstance(value, ast.Call) else []

    def _named(self, name, seen):
        if name in seen:
            return []
        values = self._assigned.get(name, ())
        return [text for value in values for text in self.texts(value, (*seen, name))]

    def _called(self, call, seen):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else ast.unparse(call.func)
        if name == "words":
            return list(dict.fromkeys(failures._WORDS.values()))
        if name in seen:
            return []
        if name in self._functions:
            return self.returned(name, seen)
        return self._other(name).returned(name) if name in self._imported else []

    def _joined(self, value, seen):
        """Return the texts of a sum, or of a format with its values."""
        lefts = self.texts(value.left, seen)
        if isinstance(value.op, ast.Add):
            rights = self.texts(value.right, seen) or [UNKNOWN]
            return [left + right for left in lefts for right in rights]
        is_tuple = isinstance(value.right, ast.Tuple)
        parts = value.right.elts if is_tuple else [value.right]
        given = [self._number(each) or self.texts(each, seen) or [UNKNOWN] for each in parts]
        return [
            _FORMAT.sub("%s", left) % each for left in lefts for each in itertools.product(*given)
        ]

    def _number(self, value):
        number = getattr(self._module, value.id, None) if isinstance(value, ast.Name) else None
        return [str(number)] if isinstance(number, int) else []


def _values(node):
    """Return the expressions of a node that may be reasons: of an OSError, or beside an index."""
    if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
        return node.exc.args if ast.unparse(node.exc.func) == "OSError" else []
    if isinstance(node, ast.Tuple) and isinstance(node.ctx, ast.Load) and len(node.elts) == 2:
        index = node.elts[0]
        is_text = isinstance(index, ast.Constant) and isinstance(index.value, str)
        return [] if is_text else node.elts[1:]
    return []


def reasons(name):
    """Return why a driver withholds values; the bus has reasons of its own."""
    found = Reasons(import_module(f"wherry.sensors.{name}")).all()
    if "address" in drivers.options(name):
        found += failures._WORDS.values()
    return list(dict.fromkeys(found))


def block(name, facts):
    """Return the [[sensor]] section of a driver, ready to paste."""
    lines = ["[[sensor]]", f'driver = "{name}"']
    options = drivers.options(name)
    for key in ("bus", "uart"):
        if key in options:
            lines.append(f'{key} = "{options[key][1]}"')
    if "address" in options:
        usual, others = _addresses(name)
        lines.append(f"address = 0x{usual:02x}" + (f"  # or {others}" if others else ""))
    lines += [f"{key} = {json.dumps(value)}" for key, value in facts.get("example", {}).items()]
    return "\n".join(lines)


def _addresses(name):
    """Return the usual address of a driver's chip, and the others as a text."""
    usual = drivers.options(name)["address"][1]
    others = [f"0x{each:02x}" for each in drivers.addresses(name) if each != usual]
    is_long = len(others) > _ADDRESSES_MAX
    return usual, f"{others[0]} to {others[-1]}" if is_long else ", ".join(others)


def _place(name, options):
    """Return how a driver's chip is connected."""
    if "address" in options:
        usual, others = _addresses(name)
        more = f" (the default), {others}" if others else ""
        return f"I2C, bus `{options['bus'][1]}`, address 0x{usual:02x}{more}"
    if "uart" in options:
        return f"UART `{options['uart'][1]}`"
    pins = [f"`{key}`" for key, (kind, *_) in options.items() if kind == "pin"]
    return f"pins of the board: {', '.join(pins)}" if pins else "part of the board"


def _channels(name):
    lines = ["| channel | unit | resolution |", "|---|---|---|"]
    for channel, unit, decimals in drivers.channels(name):
        lines.append(f"| `{channel}` | {unit} | {10.0**-decimals:.{decimals}f} |")
    return "\n".join(lines)


def _keys(options):
    """Return the table of a driver's own keys, "" without any."""
    lines = ["| key | default | allowed |", "|---|---|---|"]
    for key, (kind, default, *limits) in options.items():
        if key not in _PLACES:
            lines.append(f"| `{key}` | {_value(kind, default)} | {_allowed(kind, limits)} |")
    return "\n".join(lines) if lines[2:] else ""


def _value(kind, value):
    if value in (..., None):
        return "must be given" if value is ... else "none"
    if kind == "duration":
        return f'"{messages.amount_text(value) if value else "0 ms"}"'
    return f'"{value}"' if isinstance(value, str) else str(value)


def _allowed(kind, limits):
    if kind in ("int", "count", "duration"):
        return " to ".join(_value(kind, each) for each in limits)
    if limits:
        return ", ".join(_value(kind, each) for each in limits)
    return {"pin": "the number of a pin", "rom": "16 hex digits"}[kind]


def _facts(facts):
    lines = []
    for key in ("asleep", "measuring", "wiring", "note"):
        if key in facts:
            label = f"Current {key}" if key in ("asleep", "measuring") else key.capitalize()
            lines.append("* {}: {} ({}).".format(label, *facts[key]))
    return "\n".join(lines)


def section(name, facts):
    """Return the part of the page about a driver."""
    about, *_ = drivers.described(name)
    options = drivers.options(name)
    withheld = "; ".join(f"`{each}`" for each in reasons(name))
    parts = (
        f"## {name}\n{about}.",
        f"Connection: {_place(name, options)}.",
        _channels(name),
        _keys(options),
        _facts(facts),
        f"```toml\n{block(name, facts)}\n```",
        f"Reasons for a withheld value: {withheld}." if withheld else "",
    )
    return "\n\n".join(filter(None, parts))


def made():
    """Return the page."""
    facts = tomllib.loads(FACTS.read_text("utf-8"))
    general = "; ".join(f"`{text}`" for text in Reasons(failures).returned("words"))
    parts = [section(name, facts.get(name, {})) for name in drivers.names()]
    return "\n\n".join([_HEAD % general, *parts]) + "\n"


if __name__ == "__main__":
    PAGE.write_text(made(), "utf-8")
