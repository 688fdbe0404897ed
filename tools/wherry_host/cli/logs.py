"""`wherry logs`: the console of a running node, with the time of this computer.

Nothing is sent to the board. Rows within half a second of the first row are shown together, so a
row is shown at most a second after it came.
"""

import json
import time
from datetime import UTC, datetime
from typing import Annotated

import typer

from wherry_host.cli.errors import errors_for_people, stoppable
from wherry_host.cli.options import Port
from wherry_host.console_text import STORED, Rows, readable, rows_in
from wherry_host.reading_text import now_text

_TOGETHER_US = 500_000


def logs(
    port: Port = None,
    seconds: Annotated[
        float | None, typer.Option(min=1, help="End after this time; else at Ctrl-C.")
    ] = None,
    utc: Annotated[bool, typer.Option("--utc", help="Show times in UTC.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a line: time (UTC) and text.")
    ] = False,
):
    """Show the console of a running node; the node is not interrupted and not reset.

    A port that vanishes while the node sleeps is opened again.
    """
    with errors_for_people(), stoppable() as asked:
        from wherry_host.install.console_port import ConsolePort
        from wherry_host.install.ports import chosen_port

        end_s = time.monotonic() + seconds if seconds else float("inf")
        log = JsonLog() if as_json else RowLog(UTC if utc else None)
        with ConsolePort(chosen_port(port, log.notice), log.notice) as console:
            for line in console.lines():
                log.take(line)
                if asked or time.monotonic() >= end_s:
                    break
        log.close()


def _now_us():
    return time.time_ns() // 1000


class RowLog:
    """Prints lines for people: the time of day and the node's text.

    `zone` is a tzinfo, or None for local time; `now_us` returns the Unix time in us.
    """

    def __init__(self, zone=None, show=typer.echo, now_us=_now_us):
        self._zone, self._show, self._now_us = zone, show, now_us
        self._rows = None
        self._first_us = 0
        self._date = self._moment(now_us()).date()

    def take(self, line):
        """Process a line of the console; "" means half a second without one."""
        now_us = self._now_us()
        # A clock that is set back also ends a group.
        if not line or not 0 <= now_us - self._first_us < _TOGETHER_US:
            self.close()
        if found := rows_in(line):
            self._keep(Rows(*found, now_us))
        elif words := readable(line):
            self.close()
            self._print(words, now_us)

    def notice(self, text):
        """Show a line about the port."""
        self.close()
        self._print(text, self._now_us())

    def close(self):
        """Show the last rows."""
        if self._rows:
            self._print(STORED.format(self._rows), self._rows.time_us)
        self._rows = None

    def _keep(self, new):
        if self._rows and new.first == self._rows.last + 1:
            self._rows += new
            return
        self.close()
        self._rows, self._first_us = new, new.time_us

    def _print(self, text, time_us):
        moment = self._moment(time_us)
        if moment.date() != self._date:
            self._date = moment.date()
            self._show(f"{self._date}")
        self._show(f"{moment:%H:%M:%S}  {text}")

    def _moment(self, time_us):
        return datetime.fromtimestamp(time_us / 1e6, self._zone)


class JsonLog:
    """Prints a JSON object for each line of the console; lines about the port go to stderr."""

    def take(self, line):
        """Process a line of the console; "" means half a second without one."""
        if text := readable(line):
            typer.echo(json.dumps({"time": now_text(), "text": text}, ensure_ascii=False))

    def notice(self, text):
        """Show a line about the port."""
        typer.echo(text, err=True)

    def close(self):
        """Do nothing: each line was shown when it came."""
