"""Write a configuration as TOML."""

import json
import re

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def toml_text(config):
    """Return a dictionary of tables and lists of tables as TOML; nested tables are inline."""
    lines = []
    for section, content in config.items():
        entries, head = ([content], "[%s]") if isinstance(content, dict) else (content, "[[%s]]")
        for entry in entries:
            lines.append(head % section)
            lines += [f"{_key(key)} = {toml_value(value)}" for key, value in entry.items()]
    return "\n".join(lines) + "\n"


def toml_value(value):
    """Return a string, a number, a boolean, or a list or table of these as TOML."""
    if isinstance(value, dict):
        inside = (f"{_key(key)} = {toml_value(part)}" for key, part in value.items())
        return "{" + ", ".join(inside) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(toml_value, value)) + "]"
    # JSON's escapes are valid in TOML, but JSON does not escape the delete character.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(text):
    return text if _BARE_KEY.fullmatch(text) else toml_value(text)
