"""Read a node's TOML file, its secrets and its certificates on the host.

The secrets may be in a second file of the same form: sections are merged by name, entries of
[[wifi]], [[uplink]] and [[sensor]] by position. The board gets the merged dictionary, in which
`ca` is a list of file names. The certificates are deployed as DER files.
"""

import codecs
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from wherry.config.check import ConfigError, check
from wherry.config.messages import nearest, one_line
from wherry.text import is_text

from wherry_host.adapter.drivers import resolved
from wherry_host.config import boards, drivers, toml_faults, toml_lines
from wherry_host.config.certificates import CertificateError, from_file, public_roots
from wherry_host.config.needs import doubts, entries, lacking
from wherry_host.config.placeholders import replaced
from wherry_host.places import LIB

SECRETS_NAME = "secrets.toml"
_SIZE_MAX = 1 << 20


@dataclass
class HostConfig:
    """A checked configuration, raw and typed, with its certificates and third-party drivers.

    The typed name is a placeholder if the node has none. `drivers` is {number of a [[sensor]]:
    {path: text of a Python file}}; `warnings` are lines about the board's pins and its supply.
    `board` is the board's name, or None if none is named; `is_assumed` is True if neither the
    configuration nor the caller named it.
    """

    raw: dict
    typed: dict
    ca: dict[str, bytes]
    board: str | None = None
    is_assumed: bool = False
    drivers: dict[int, dict[str, str]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    @property
    def is_named(self):
        """True if the configuration names the node."""
        return "name" in self.raw.get("node", {})


def load(path, secrets=None, board=None, usual_board=None, with_examples=False):
    """Read and check a configuration; without `secrets`, use any secrets.toml in its folder.

    Needs that the board lacks are also errors. The board is `board`, or else the board in [node],
    or else `usual_board`. `with_examples` accepts placeholders, see placeholders.py. Raises
    ConfigError, whose text has a line for each error with file and line number, in order; it is
    also raised for a file that is missing or not TOML. Third-party drivers are fetched only if
    there are no other errors. Raises PlaceError if their lock file cannot be used; it is next to
    the configuration.
    """
    path = Path(path)
    files = [_read(path, "make one with `wherry new`")]
    raw = files[0].raw
    beside = path.parent / SECRETS_NAME
    if secrets is not None or beside.is_file():
        files.append(_read(Path(secrets or beside), "leave --secrets out"))
        raw = _with_secrets(*files)
    if with_examples:
        raw = replaced(raw)
    errors = []
    try:
        typed = checked(raw)
    except ConfigError as error:
        errors += error.errors
        typed = raw
    ca = _resolve_ca(typed, path.parent, errors)
    named = _board(typed, path.parent, errors)
    is_assumed = not (board or named)
    board = board or named or usual_board
    if board is not None:
        errors += lacking(typed, board)
    found = {} if errors else resolved(typed, path, errors)
    texts = [(file.name, file.text) for file in files]
    if errors:
        raise ConfigError(toml_lines.located(errors, texts))
    doubtful = toml_lines.located(doubts(typed, board) if board is not None else [], texts)
    warnings = [f"{place}: {seen}; {remedy}" for place, seen, remedy in doubtful]
    return HostConfig(raw, typed, ca, board, is_assumed, found, warnings)


def _board(typed, folder, errors):
    """Return the board that [node] names, or None; the device does not need the name.

    The path of a user's own board file is relative to `folder`.
    """
    node = typed.get("node")
    name = node.pop("board", None) if isinstance(node, dict) else None
    if name is None or name in boards.names():
        return name
    if isinstance(name, str) and boards.is_file(name):
        if (folder / name).is_file():
            return str(folder / name)
        remedy = f"no such file; `wherry boards esp32_generic > {name}` makes one to edit"
        errors.append(("[node]: board", f'"{one_line(name)}"', remedy))
    elif isinstance(name, str):
        errors.append(("[node]: board", f'"{one_line(name)}"', nearest(name, boards.names())))
    return None


def _with_secrets(own, secrets):
    """Return the merged dictionaries of two files."""
    try:
        return merged(own.raw, secrets.raw)
    except ConfigError as error:
        places = toml_lines.located(error.errors, [(secrets.name, secrets.text)])
        raise ConfigError(places) from None


def checked(raw):
    """Return the typed configuration; errors suggest existing drivers and uplinks."""
    return check(raw, drivers=drivers.names(), kinds=_kinds())


def merged(raw, secrets):
    """Return the configuration merged with the secrets; if both have a key, the secret wins.

    Raises ConfigError if a section has different brackets in the two files.
    """
    result = dict(raw)
    errors = []
    for section, extra in secrets.items():
        own = result.get(section, extra)
        if isinstance(own, dict) and isinstance(extra, dict):
            result[section] = own | extra
        elif isinstance(own, list) and isinstance(extra, list):
            result[section] = _merged_entries(own, extra)
        elif isinstance(own, (dict, list)):
            seen = "not in the brackets that the configuration has"
            brackets = f"[[{section}]]" if isinstance(own, list) else f"[{section}]"
            errors.append((one_line(section), seen, f"write {brackets}"))
        else:
            result[section] = extra
    if errors:
        raise ConfigError(errors)
    return result


def _merged_entries(own, extra):
    joined = []
    for i in range(max(len(own), len(extra))):
        ours = own[i] if i < len(own) else {}
        theirs = extra[i] if i < len(extra) else {}
        both = isinstance(ours, dict) and isinstance(theirs, dict)
        joined.append(ours | theirs if both else theirs)
    return joined


@dataclass
class _File:
    """A TOML file: its text and the parsed dictionary."""

    name: str
    text: str
    raw: dict


def _read(path, otherwise):
    try:
        data = path.read_bytes()
        return _File(path.name, decoded(path.name, data), parsed(path.name, data))
    except OSError as error:
        remedy = f"correct the path, or {otherwise}"
        raise ConfigError([(str(path), error.strerror or str(error), remedy)]) from None


def parsed(name, data):
    """Return the dictionary in the bytes of a TOML file. Raises ConfigError."""
    text = decoded(name, data)
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError([toml_faults.fault(name, text, error)]) from None


def decoded(name, data):
    """Return the bytes of a TOML file as text. Raises ConfigError."""
    if len(data) > _SIZE_MAX:
        raise ConfigError([(name, f"{len(data)} bytes", "give a file of at most 1 MiB")])
    if data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        raise ConfigError([(name, "UTF-16", "save it as UTF-8")])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ConfigError([(f"{name}, line {line}", "not UTF-8", "save it as UTF-8")]) from None


def _kinds():
    """Return the names of the kinds of uplinks, for suggestions."""
    return [path.parent.name for path in (LIB / "uplinks").glob("*/options.py")]


def _resolve_ca(typed, folder, errors):
    """Replace `ca` with names of files on the board; return the DER of each.

    A configuration with errors is not typed, so only its well-formed parts are used.
    """
    names = {}
    alert = typed.get("alert")
    sections = entries(typed, "uplink")
    if isinstance(alert, dict) and alert.get("url"):
        sections.append(("[alert]", alert))
    for place, section in sections:
        certificates = []
        for source in _listed(section.get("ca", [])):
            try:
                found = public_roots() if source == "auto" else from_file(folder / source)
                certificates += found
            except CertificateError as error:
                errors.append((f"{place}: ca", f'"{one_line(source)}"', str(error)))
        for der in certificates:
            names.setdefault(der, f"{len(names)}.der")
        if not errors:
            section["ca"] = list(dict.fromkeys(names[der] for der in certificates))
    return {name: der for der, name in names.items()}


def _listed(value):
    """Return the strings in `ca`, in either of its forms, that can be file names."""
    names = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    return [name for name in names if is_text(name, 1, 200)]
