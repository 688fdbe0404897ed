"""The story of a run: a line for each action on the node and for each sentence of the node."""

from rich.console import Console
from rich.text import Text

from wherry_host.console_text import STORED, Rows, readable, rows_in

STYLES = {"server": "cyan", "board": "yellow", "node": "green", "you": "magenta"}


class Story:
    """Prints to standard output by `console`; `clock` is the VirtualClock of the starting run."""

    def __init__(self, clock, quiet=False):
        self.console = Console(highlight=False, soft_wrap=True, quiet=quiet)
        self._clock = clock
        self._begin_us = clock.now_us()
        self._seen = 0
        self._rows = None

    def report(self, who, text):
        """Print a line: who acts (server, board, node or you), and the action."""
        self._report_rows()
        self._print(who, text, self._clock.now_us())

    def follow(self, board):
        """Print new lines of the board's console; rows are reported together."""
        while self._seen < len(board.lines):
            time_us, text = board.lines[self._seen]
            self._seen += 1
            if found := rows_in(text):
                self._keep(time_us, *found)
            elif words := readable(text):
                self._say(time_us, words)

    def skip(self, board):
        """Skip the lines that a deploy left on the board's console."""
        self._seen = len(board.lines)

    def fold(self):
        """React to the end of the script; here, reports stay the same."""

    def show(self, panel):
        """Show the node's current activity and account, if they can be overwritten."""

    def close(self):
        """End the story; nothing is reported afterwards."""

    def _keep(self, time_us, first, last, readings):
        new = Rows(first, last, readings, time_us)
        self._rows = self._rows + new if self._rows else new

    def _say(self, time_us, text):
        self._report_rows()
        self._print("node", text, time_us)

    def _report_rows(self):
        if self._rows:
            self._print("node", STORED.format(self._rows), self._rows.time_us)
            self._rows = None

    def _print(self, who, text, time_us):
        self.console.print(
            Text.assemble(self._moment(time_us), "  ", (f"{who:8}", STYLES[who]), text)
        )

    def _moment(self, time_us):
        """Return the time since the start in seconds, in 8 characters as long as it fits."""
        seconds = (time_us - self._begin_us) / 1e6
        return f"{seconds:6.1f} s" if seconds < 10_000 else f"{seconds:6.0f} s"
