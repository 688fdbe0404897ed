"""The lines of a node's console that the tools read.

A sentence is the printf format with which lib/ and firmware/ print a line; a test checks that each
one is there. Times are true Unix us.
"""

import re
from dataclasses import dataclass

# Printed by firmware/board/chip.py before each sentence: seconds and milliseconds since the boot.
_STAMP = r"\d+\.\d{3} "
_STAMPED = re.compile(f"{_STAMP}(.+)")
# The last line of a traceback.
_ERROR = re.compile(rf"({_STAMP})?\w+(Error|Exception|Exit|Interrupt)\b")
# The character that replaces bytes that are not UTF-8.
_REPLACED = "\ufffd"
# A name is text before a colon, without spaces.
_FIELD = re.compile("%[ds]")


class Sentence:
    """One sentence: `%d` is an integer, `%s` is a name before a colon and any text elsewhere."""

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
        """Return the values (int or str) in a line with or without a stamp, None if it differs."""
        found = self._pattern.fullmatch(line)
        if not found:
            return None
        return tuple(kind(text) for kind, text in zip(self._types, found.groups(), strict=True))


TIME_KNOWN = Sentence("time: known, was off by %d ms")
ROW = Sentence("row %d: %d readings")
#: The rows of a burst.
ROWS = Sentence("rows %d to %d: %d readings")
DELIVERED = Sentence("%s: delivered %d, %d waiting")
#: Any other line about an uplink or an order.
REPORT = Sentence("%s: %s")
LATER = Sentence("%s; next try in %d s")
ORDER_SENT = Sentence("order: %s: %d sent")
ORDERS_DONE = Sentence("orders: done")

#: The text for stored Rows.
STORED = "stored {}"


@dataclass
class Rows:
    """Consecutive stored rows; `str` formats them for people."""

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
    """Return a line's sentence without its stamp, or None if the line is not the node's."""
    found = _STAMPED.fullmatch(line)
    return found and found[1]


def readable(line):
    """Return a line's text for people, or None if it is empty or noise.

    The stamp of a sentence is removed. Other lines, such as a traceback, are unchanged.
    """
    if sentence := said(line):
        return sentence
    is_text = line.strip() and line.isprintable() and _REPLACED not in line
    return line if is_text else None


def is_error(line):
    """Return True if a line names an exception, such as "OSError: 28"."""
    return _ERROR.match(line) is not None


def rows_in(line):
    """Return the (first row, last row, number of readings) that a line names, or None."""
    if one := ROW.read(line):
        return one[0], one[0], one[1]
    return ROWS.read(line)


def row_lines(lines):
    """Yield (time of the line, row, readings) for each row in lines (time_us, text)."""
    for time_us, text in lines:
        if found := rows_in(text):
            first, last, count = found
            for row in range(first, last + 1):
                yield time_us, row, count // (last + 1 - first)
