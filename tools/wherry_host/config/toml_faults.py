"""Explain errors in a file that is not TOML: the parser's text in plain words, with the line.

The parser stops at its first error, so there is only one. Only a bracket or a quote is quoted
from a line, because the line may hold a secret.
"""

import re
import tomllib

_SPOT = re.compile(r"\(at line (\d+), column (\d+)\)$")

_OPEN_TEXT = "char.*\\\\n|unterminated|expected \"'"
# (in the parser's text, expected text at its position, what was seen, remedy). The first match
# is used.
_FAULTS = tuple(
    (re.compile(reported, re.IGNORECASE), re.compile(spot), seen, remedy)
    for reported, spot, seen, remedy in (
        ("recursion", "", "lists in lists without end", "start from examples/desk.toml"),
        ("digits", "", "a number far too long", "put text in quotes"),
        ("", "[\u2018-\u201f\u00ab\u00bb]", "a typographic quote", 'write straight quotes, "'),
        ("", "\\r(?!\\n)", "line ends of an old Mac", "save it with Unix or Windows line ends"),
        ("statement|initial", r"\{", "JSON", "write it as TOML: start from examples/desk.toml"),
        ("value", "True|False|TRUE|FALSE", "a capital letter", "write true or false"),
        ("value", "(?i)none|null|nil", "no value", "leave the whole line out"),
        ("value", r"\s*(#|$)", "no value after =", "give one, or leave the whole line out"),
        ("invalid value", "", "a value without quotes", 'put text in quotes, such as "garden"'),
        ("after a key", " *:", "a colon after a key", "write = between key and value"),
        ("after a key", "", "no = after a key", "write key = value, or [section] in brackets"),
        ("initial", r"\s*$", "a table over several lines", "write { ... } on one line"),
        ("invalid statement|initial", "", "no key", "begin a line with key =, [section] or #"),
        (_OPEN_TEXT, "", "a text without its closing quote", 'end it with "'),
        ("illegal|invalid char", "", "a control character", "remove it"),
        ("overwrite", r"\[", "single and double brackets mixed", "write [[...]] each time"),
        ("duplicate|overwrite", "", "a repeated key", "keep one of the two"),
        ("twice|namespace", "", "a repeated section", "put its keys below the first"),
        ("declaration", "", "a section's bracket is not closed", "write [node] or [[wifi]]"),
        ("array", "", "a list that is not closed", "close it with ]"),
        ("inline table", "", "a table that is not closed", "close it with } on the same line"),
        ("hex|escaped", "", "a \\ in a text", "write / or \\\\ instead"),
        ("date", "", "a date that does not exist", "put text in quotes"),
        ("after a s", "", "more after the value", "put text in quotes, one key = value a line"),
    )
)


def fault(name: str, text: str, error: Exception) -> tuple:
    """Return (place, seen, remedy) of the first error in the text."""
    reported = str(error)
    text = text.replace("\r\n", "\n")
    line, column = _spot(text, reported)
    place = f"{name}, line {line}" if line else name
    rest = text.split("\n")[line - 1][column - 1 :] if line else ""
    for fits, spot, seen, remedy in _FAULTS:
        if fits.search(reported) and spot.match(rest):
            return place, seen, remedy
    return place, "no TOML", "write it as examples/desk.toml does"


def _spot(text, reported):
    """Return (line, column), each from 1, or (0, 1) if the parser does not report them."""
    found = _SPOT.search(reported)
    if found:
        # A duplicate is recognised by the start of its line.
        return int(found[1]), 1 if "overwrite" in reported else int(found[2])
    if "end of document" not in reported:
        return 0, 1
    # An unclosed part begins on the first line up to which the file fails in the same way.
    lines = text.split("\n")
    low, high = 0, len(lines)
    while high - low > 1:
        middle = (low + high) // 2
        if _fails_so("\n".join(lines[:middle]), reported):
            high = middle
        else:
            low = middle
    return high, 1


def _fails_so(text, reported):
    try:
        tomllib.loads(text)
    except ValueError as error:
        return str(error).split(" (")[0] == reported.split(" (")[0]
    return False
