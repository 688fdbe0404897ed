"""What a node prints on its console, as far as the tools read it.

A sentence is the printf format by which lib/ and firmware/ print it; a test finds each of them
there. Times are true Unix us.
"""

import re
from dataclasses import dataclass

# What firmware/chip.py prints before each sentence: seconds and milliseconds since the boot.
_STAMP = r"\d+\.\d{3} "
_STAMPED = re.compile(f"{_STAMP}(.+)")
# The last line of a traceback.
_ERROR = re.compile(rf"({_STAMP})?\w+(Error|Exception|Exit|Interrupt)\b")
# In the place of bytes that are not UTF-8.
_REPLACED = "\ufffd"
# A name has no spaces; it is what stands before a colon.
_FIELD = re.compile("%[ds]")


class Sentence:
    """One sentence: `%d` is an integer, `%s` before a colon a name, elsewhere any text."""

    def __init__(self, form):
        self.form = form
        fields, self._types, end = "", [], 0
        for field in _FIELD.finditer(form):
            is_name = form[field.end() : field.end() + 1] == ":"
            text = r"(\S+)" if is_name else r"(.+)"
            fields += re.escape(form[end : field.start()])
            fields += r"(-?\d+)" if field[0] == "%d" else text
            self._types.append(int if field[0] == "%d" else str)
            end = field.end()
        self._pattern = re.compile(f"(?:{_STAMP})?{fields}{re.escape(form[end:])}")

    def read(self, line):
        """Return the values (int or str) of a line with or without its stamp, None of others."""
        found = self._pattern.fullmatch(line)
        if not found:
            return None
        return tuple(kind(text) for kind, text in zip(self._types, found.groups(), strict=True))


TIME_KNOWN = Sentence("time: known, was off by %d ms")
ROW = Sentence("row %d: %d readings")
#: The rows of a burst.
ROWS = Sentence("rows %d to %d: %d readings")
DELIVERED = Sentence("%s: delivered %d, %d waiting")
#: Whatever else is said of an uplink or an order.
REPORT = Sentence("%s: %s")
LATER = Sentence("%s; next try in %d s")
ORDER_SENT = Sentence("order: %s: %d sent")
ORDERS_DONE = Sentence("orders: done")

#: For a person: which Rows the node has stored.
STORED = "stored {}"


@dataclass
class Rows:
    """Rows that were stored one after the other, in words for a person by `str`."""

    first: int
    last: int
    readings: int
    time_us: int

    def __str__(self):
        one = self.first == self.last
        named = f"row {self.first}" if one else f"rows {self.first}–{self.last}"
        return f"{named}, {self.readings} reading{'' if self.readings == 1 else 's'}"

    def __add__(self, later):
        readings = self.readings + later.readings
        return Rows(self.first, later.last, readings, later.time_us)


def said(line):
    """Return the sentence of a line without its stamp, None where it is not the node's own."""
    found = _STAMPED.fullmatch(line)
    return found and found[1]


def readable(line):
    """Return the words of a line for a person, None where it is empty or noise.

    A sentence comes without its stamp. Other lines, such as a traceback, come as they are.
    """
    if sentence := said(line):
        return sentence
    is_text = line.strip() and line.isprintable() and _REPLACED not in line
    return line if is_text else None


def is_error(line):
    """Tell whether a line names an exception, such as "OSError: 28"."""
    return _ERROR.match(line) is not None


def rows_in(line):
    """Return (first row, last row, readings of all) that a line names, or None."""
    if one := ROW.read(line):
        return one[0], one[0], one[1]
    return ROWS.read(line)


def row_lines(lines):
    """Yield (time of the line, row, readings) of all rows in lines (time_us, text)."""
    for time_us, text in lines:
        if found := rows_in(text):
            first, last, count = found
            for row in range(first, last + 1):
                yield time_us, row, count // (last + 1 - first)
