"""Writes docs/troubleshooting.md: the lines of a node's console, with cause and remedy.

The lines are collected from the source: what firmware/ and lib/wherry print, and the errors that
they raise where an error is printed. troubleshooting.toml has a cause and a remedy for each. The
reasons of the sensors' drivers are in sensors.md, the answers of the servers in uplinks/.
"""

import ast
import re
import tomllib
from pathlib import Path

from wherry_host.places import FIRMWARE, LIB

_HERE = Path(__file__).parent
PAGE, FACTS = _HERE / "troubleshooting.md", _HERE / "troubleshooting.toml"
_PRINTING = {"say", "_say", "print"}
# Variables and attributes whose texts are printed elsewhere.
_PRINTED = {"form", "report"}
# Tables of words: the module, its table.
_TABLES = {
    "content.py": "_NAMES", "failure.py": "_PLAIN", "wifi_failure.py": "_WORDS",
    "alarms.py": "_SAID", "dns.py": "_RCODES",
}  # fmt: skip
# Folders of lib/wherry whose errors are printed. The errors of others are handled.
_RAISING = {"net", "time", "time_sources", "orders", "sending", "stage"}
# Only on the host, or in sensors.md.
_OTHERS = {"config", "sensors"}
_FIELD = re.compile(r"%[0-9.]*[a-z]")


def lines():
    """Return {line as a printf format: the file that prints it}."""
    found = {}
    for path in sorted([*FIRMWARE.rglob("*.py"), *LIB.rglob("*.py")]):
        room = path.relative_to(LIB).parts[0] if path.is_relative_to(LIB) else "firmware"
        if room not in _OTHERS:
            tree = ast.parse(path.read_text("utf-8"))
            for line in _lines(tree, path.name, room == "firmware" or room in _RAISING):
                if len(re.sub(r"[^a-z]", "", _FIELD.sub("", line))) > 2:
                    found.setdefault(line.rstrip(": ").strip(), path.name)
    return found


def _lines(tree, file, raises):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in _PRINTING:
                yield from _texts(node.args)
        elif isinstance(node, ast.Raise) and raises and isinstance(node.exc, ast.Call):
            yield from _texts(node.exc.args)
        elif isinstance(node, ast.Assign):
            target = node.targets[0]
            name = getattr(target, "attr", getattr(target, "id", ""))
            if name in _PRINTED:
                yield from _texts([node.value])
            if name == _TABLES.get(file):
                values = node.value.values if isinstance(node.value, ast.Dict) else node.value.elts
                yield from _texts(values)


def _texts(nodes):
    """Yield the formats of expressions, without what is put into them."""
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.BinOp):
            yield from _texts([node.left])
        elif isinstance(node, ast.IfExp):
            yield from _texts([node.body, node.orelse])
        elif isinstance(node, ast.BoolOp):
            yield from _texts(node.values)


def known():
    """Return {line: (cause, remedy)} of troubleshooting.toml."""
    sections = tomllib.loads(FACTS.read_text("utf-8"))["section"]
    return {line: facts for each in sections for line, facts in each["lines"].items()}


def made():
    """Return the page."""
    facts = tomllib.loads(FACTS.read_text("utf-8"))
    parts = [facts["head"].strip()]
    for section in facts["section"]:
        parts.append(f"## {section['title']}")
        if "text" in section:
            parts.append(section["text"].strip())
        known = section["lines"] | section.get("others", {})
        rows = [f"| {_shown(line)} | {' | '.join(words)} |" for line, words in known.items()]
        parts.append("\n".join(["| line | cause | remedy |", "|---|---|---|", *rows]))
    return "\n\n".join(parts) + "\n"


def _shown(line):
    return f"`{_FIELD.sub('…', line)}`"


def main():
    """Write the page."""
    PAGE.write_text(made(), "utf-8")


if __name__ == "__main__":
    main()
