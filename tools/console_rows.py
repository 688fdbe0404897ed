"""What a node's console and the ends of its program tell of its rows: number, time and size.

A row's line comes after its measurements and before those of the next row. All times are true
Unix microseconds.
"""

import re
from bisect import bisect_left

# The line of a row, or of the rows of a burst: the first one, the last one, their readings.
_ROW_LINE = re.compile(r"\brows? (\d+)(?: to (\d+))?: (\d+) readings$")
_LOST_LINE = re.compile(r"\bsensor \S+: (\d+) samples lost$")


def rows_told(text):
    """Return (first row, last row, readings) that a line tells of, or None."""
    found = _ROW_LINE.search(text)
    return found and (int(found[1]), int(found[2] or found[1]), int(found[3]))


class ConsoleRows:
    """`lines` are (time_us, text), `ends_us` the times at which the program was ended."""

    def __init__(self, lines, ends_us):
        #: (time of the line, row, readings), in the order of time.
        self.lines = [
            (time_us, row, count // (last + 1 - first))
            for time_us, text in lines
            if (found := rows_told(text))
            for first, last, count in [found]
            for row in range(first, last + 1)
        ]
        bursts = [
            (time_us, int(found[1]), int(found[2]))
            for time_us, text in lines
            if (found := _ROW_LINE.search(text)) and found[2]
        ]
        #: The rows of fast sensors.
        self.burst_rows = {row for _, first, last in bursts for row in range(first, last + 1)}
        self._burst_us = [time_us for time_us, _, _ in bursts]
        #: How many samples of fast sensors were never read.
        self.lost_count = sum(
            int(found[1]) for _, text in lines if (found := _LOST_LINE.search(text))
        )
        self._line_us = {row: time_us for time_us, row, _ in self.lines}
        self._ends_us = sorted(ends_us)

    def counts(self):
        """Return {row: readings}."""
        return {row: count for _, row, count in self.lines}

    def row_after(self, time_us):
        """Return the row whose line is the next one, or None."""
        i = bisect_left(self.lines, (time_us,))
        return self.lines[i][1] if i < len(self.lines) else None

    def row_of(self, time_us):
        """Return the row that a measurement went into, if it was kept at all.

        Where the program was ended before the row's line, it is the one behind the last line's.
        """
        i = bisect_left(self.lines, (time_us,))
        if i < len(self.lines) and self.lines[i][0] < self._end_after(time_us):
            return self.lines[i][1]
        return self.lines[i - 1][1] + 1 if i else 0

    def is_cut_short(self, time_us):
        """Tell whether the program was ended before it printed that a measurement is kept."""
        end_us = self._end_after(time_us)
        i = bisect_left(self.lines, (time_us,))
        return end_us < float("inf") and not (i < len(self.lines) and self.lines[i][0] <= end_us)

    def is_left_in_chip(self, time_us):
        """Tell whether the program was ended before it read a sample of a fast sensor.

        It may have come while others were read: then one line, but not another, follows it.
        """
        end_us = self._end_after(time_us)
        follow = bisect_left(self._burst_us, end_us) - bisect_left(self._burst_us, time_us)
        return end_us < float("inf") and follow < 2

    def time_us(self, row):
        """Return the time of a row's line, or None."""
        return self._line_us.get(row)

    def _end_after(self, time_us):
        i = bisect_left(self._ends_us, time_us)
        return self._ends_us[i] if i < len(self._ends_us) else float("inf")
