"""Find the line numbers of a TOML file's sections and keys for the places that errors name.

A place is a string such as `[node]: name`, `[[uplink]] 2` or `[[sensor]] 1: names: humidity`. The
text has passed tomllib, which does not report line numbers, so this reader only looks for keys.
"""

import re
import tomllib

from wherry.config.messages import one_line

_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|#[^\n]*'
    r"|[\n\[\]{},=]|[^\s\[\]{},=\"'#]+",
    re.DOTALL,
)
_CLOSING = {"[": "]", "{": "}"}


def lines_of(text):
    """Return {path: line} of the sections and keys of a TOML text; a path is a tuple of keys.

    The path of a list's entry includes its index, from 0. The text must be valid.
    """
    reader = _Reader(text.replace("\r\n", "\n"))
    try:
        reader.read()
    except (IndexError, RecursionError):
        pass  # The lines up to here are known.
    return reader.lines


def places_of(text):
    """Return {place: line} of a TOML text."""
    found = {}
    for path, line in lines_of(text).items():
        for place in _places(path):
            found.setdefault(place, line)
    return found


def located(errors, files):
    """Return the errors with file and line in front of their places, in the order of the lines.

    `files` are (name, text); a key in a later file replaces the same key in an earlier file. An
    error whose section is in no file comes last, without a line.
    """
    spots = {}
    for rank, (_, text) in enumerate(files):
        for place, line in places_of(text).items():
            if ": " in place or place not in spots:
                spots[place] = rank, line
    found = [(_spot(spots, error[0]), error) for error in errors]
    found.sort(key=lambda each: each[0] or (len(files), 0))
    return [
        (f"{files[spot[0]][0]}, line {spot[1]}: {place}", seen, remedy)
        if spot
        else (f"{files[0][0]}: {place}", seen, remedy)
        for spot, (place, seen, remedy) in found
    ]


def _spot(spots, place):
    """Return (rank of the file, line) of a place or of its enclosing section, else None."""
    while place and place not in spots:
        place = place.rpartition(": ")[0]
    return spots.get(place)


def _places(path):
    """Return the strings by which errors may name a path."""
    name, *rest = [one_line(str(key)) or '""' for key in path]
    if not rest:
        return [name, f"[{name}]", f"[[{name}]]"]
    start = f"[{name}]"
    if isinstance(path[1], int):
        start = f"[[{name}]] {path[1] + 1}"
        rest.pop(0)
    return [": ".join([start, *rest])]


class _Reader:
    """Walks the tokens of a text; `lines` has the line on which each path is first named."""

    def __init__(self, text):
        self._tokens = []
        line = 1
        for found in _TOKEN.finditer(text):
            token = found[0]
            if token[0] != "#":
                self._tokens.append((token, line))
            line += token.count("\n")
        self._at = 0
        self._counts = {}
        self.lines = {}

    def read(self):
        """Read all statements."""
        section = ()
        while self._at < len(self._tokens):
            token, line = self._tokens[self._at]
            if token == "\n":
                self._at += 1
            elif token == "[":
                section = self._header(line)
            else:
                self._pair(section)

    def _peek(self):
        return self._tokens[self._at][0]

    def _header(self, line):
        """Read [section] or [[section]]; return its path, with the index of its entry."""
        self._at += 1
        is_entry = self._peek() == "["
        self._at += is_entry
        path = self._with_indexes(self._key("]"))
        self._at += 1 + is_entry
        if is_entry:
            self._counts[path] = self._counts.get(path, -1) + 1
            path += (self._counts[path],)
        for size in range(1, len(path) + 1):
            self.lines.setdefault(path[:size], line)
        return path

    def _with_indexes(self, keys):
        """Return the path of keys; a key that names a list selects its newest entry."""
        path = ()
        for i, key in enumerate(keys):
            path += (key,)
            if path in self._counts and i + 1 < len(keys):
                path += (self._counts[path],)
        return path

    def _pair(self, section):
        """Read key = value."""
        line = self._tokens[self._at][1]
        path = section
        for key in self._key("="):
            path += (key,)
            self.lines.setdefault(path, line)
        self._at += 1
        self._value(path)

    def _key(self, end):
        """Read a key, which may be dotted and quoted, up to its closing token."""
        keys = []
        while self._peek() != end:
            token = self._peek()
            if token[0] in "\"'":
                keys.append(tomllib.loads(f"x = {token}")["x"])
            else:
                keys += [key for key in token.split(".") if key]
            self._at += 1
        return keys

    def _value(self, path):
        """Read a value; a date may be two tokens."""
        opening = self._peek()
        if opening not in _CLOSING:
            while self._at < len(self._tokens) and self._peek() not in ("\n", ",", "]", "}"):
                self._at += 1
            return
        self._at += 1
        index = 0
        while self._peek() != _CLOSING[opening]:
            if self._peek() in ("\n", ","):
                self._at += 1
            elif opening == "{":
                self._pair(path)
            else:
                self.lines.setdefault((*path, index), self._tokens[self._at][1])
                self._value((*path, index))
                index += 1
        self._at += 1
