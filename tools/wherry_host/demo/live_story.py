"""The story for a user who watches: one line per turn, with similar turns folded into one.

On a terminal the current turn is shown below the story and rewritten as it progresses, with the
current account under it. If standard output is not a terminal, a fold is printed once a minute.
"""

import re
import time
from dataclasses import dataclass

from rich.console import Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from wherry_host.account.account_text import bar
from wherry_host.console_text import DELIVERED, STORED
from wherry_host.demo.story import STYLES, Rows, Story

# The usual single uplink is not named.
_USUAL = "harbor"
_NUMBER = re.compile(r"\d+")
_FOLD_S = 60
_BAR_SIZE = 20


@dataclass
class Fold:
    """The node's sentences at the end of one turn, or of turns that ended in the same way."""

    likeness: str
    begin_s: float
    rows: Rows | None = None
    text: str = ""
    time_us: int = 0
    count: int = 0
    delivered: int = 0

    def add(self, time_us, text, rows):
        """Add the end of a turn, and the rows that it stored."""
        self.time_us, self.text = time_us, text
        self.rows = _sum(self.rows, rows)
        self.count += 1
        if found := DELIVERED.read(text):
            label, count, waiting = found
            self.delivered += count
            where = "" if label == _USUAL else f"{label}: "
            self.text = f"{where}delivered {self.delivered}, {waiting} waiting"
        elif self.count > 1:
            self.text += f" ({self.count} times)"

    def lines(self, later=None):
        """Return (text, time) of each line; `later` are rows of the turn that is still running."""
        rows = _sum(self.rows, later)
        if rows and self.delivered:
            return [(f"{STORED.format(rows)}; {self.text}", self.time_us)]
        return [*_stored(rows), (self.text, self.time_us)]


def _sum(rows, later):
    return rows + later if rows and later else rows or later


def _stored(rows):
    """Return [(text, time)] of the line about rows, or [] without rows."""
    return [(STORED.format(rows), rows.time_us)] if rows else []


def _likeness(text):
    """Return the part of a turn's end that is equal in similar turns."""
    found = DELIVERED.read(text)
    return f"{found[0]}: delivered" if found else _NUMBER.sub("#", text)


class TurnStory(Story):
    """A Story in turns; `close` restores the terminal."""

    def __init__(self, clock, quiet=False):
        super().__init__(clock, quiet)
        self._fold = None
        self._folds = False
        self._shown = None
        self._live = Live(console=self.console, auto_refresh=False, transient=True)
        self._is_live = self.console.is_terminal and not quiet
        if self._is_live:
            self._live.start()

    def report(self, who, text):
        """Print a line: who acts (server, board, node or you), and the action."""
        self._unfold()
        super().report(who, text)
        self._refresh()

    def follow(self, board):
        """Report new lines of the board's console."""
        before = self._seen
        super().follow(board)
        fold = self._fold
        if fold and not self._is_live and time.monotonic() - fold.begin_s > _FOLD_S:
            self._unfold()
        if self._seen != before:
            self._refresh()

    def fold(self):
        """Start to fold turns that end in the same way into one line."""
        self._folds = True

    def show(self, panel):
        """Show the node's current activity and account below the story."""
        if self._is_live:
            shown = panel.state(), panel.account()
            if shown != self._shown:
                self._shown = shown
                self._refresh()

    def close(self):
        """End the story."""
        self._unfold()
        self._report_rows()
        self._shown = None
        if self._is_live:
            self._refresh()
            self._live.stop()

    def _say(self, time_us, text):
        likeness = _likeness(text)
        if self._fold and self._fold.likeness != likeness:
            self._unfold()
        if not self._fold:
            self._fold = Fold(likeness, time.monotonic())
        self._fold.add(time_us, text, self._rows)
        self._rows = None
        if not self._folds:
            self._unfold()

    def _unfold(self):
        fold, self._fold = self._fold, None
        for line in fold.lines() if fold else ():
            self._print("node", *line)

    # The part that can be overwritten

    def _refresh(self):
        if not self._is_live:
            return
        if self._fold:
            lines = self._fold.lines(self._rows)
        else:
            lines = _stored(self._rows)
        parts = [self._line("node", *line) for line in lines]
        if self._shown:
            parts.append(_footer(*self._shown))
        self._live.update(Group(*parts), refresh=True)

    def _print(self, who, text, time_us):
        if self._is_live:
            self.console.print(self._line(who, text, time_us))
        else:
            super()._print(who, text, time_us)

    def _line(self, who, text, time_us):
        line = Table.grid(padding=(0, 2, 0, 0), expand=False)
        line.add_column(width=8, no_wrap=True, style="dim")
        line.add_column(width=6, no_wrap=True, style=STYLES[who])
        line.add_column(overflow="fold")
        reported = Text(text)
        reported.highlight_regex(r"https?://\S+", "bold")
        line.add_row(self._moment(time_us), who, reported)
        return line


def _footer(state, counts):
    reported = ", ".join(
        f"{counts[place]} {place}" for place in ("sampled", "delivered", "waiting")
    )
    return Text.assemble("\n", bar(counts, _BAR_SIZE), f"  {reported}  ", (state[0], "bold"))
