"""Guard texts in CSV that a spreadsheet would read as formulas, and read them back.

A name comes from the sender of the readings. A text that begins with =, +, -, @, a tab or a line
end is prefixed with an apostrophe. A text with apostrophes before one of these also gets a prefix,
so that every text can be restored. Numbers are unchanged.
"""

import re

_FORMULA = re.compile(r"'*[=+\-@\t\r\n]")
_GUARDED = re.compile(r"'+[=+\-@\t\r\n]")


def guarded(text):
    """Return a text in the form that is safe in a cell."""
    return f"'{text}" if _FORMULA.match(text) else text


def bare(cell):
    """Return the original text of a guarded cell."""
    return cell[1:] if _GUARDED.match(cell) else cell
