"""What a node's console says of its rows: number, time and size. Times are true Unix us."""

import re

# The line of a row, or of the rows of a burst: the first one, the last one, their readings.
_ROW_LINE = re.compile(r"\brows? (\d+)(?: to (\d+))?: (\d+) readings$")


def rows_told(text):
    """Return (first row, last row, readings) of the rows that a line names, or None."""
    found = _ROW_LINE.search(text)
    return found and (int(found[1]), int(found[2] or found[1]), int(found[3]))


def row_lines(lines):
    """Yield (time of the line, row, readings) of all rows in lines (time_us, text)."""
    for time_us, text in lines:
        if found := rows_told(text):
            first, last, count = found
            for row in range(first, last + 1):
                yield time_us, row, count // (last + 1 - first)
