"""Texts in CSV that a spreadsheet would take for formulas: guarded in files, bare again when read.

A name comes from whoever sends readings. A text that begins with =, +, - or @, a tab or a line
end gets an apostrophe before it; so does one with apostrophes before those, so that all texts
come back as they were. Numbers stay as they are.
"""

import re

_FORMULA = re.compile(r"'*[=+\-@\t\r\n]")
_GUARDED = re.compile(r"'+[=+\-@\t\r\n]")


def guarded(text):
    """Return a text as it may stand in a cell."""
    return f"'{text}" if _FORMULA.match(text) else text


def bare(cell):
    """Return the text that was guarded."""
    return cell[1:] if _GUARDED.match(cell) else cell
