"""The readings of the chosen node that its server refused alone, with the server's reason."""

import asyncio
import json
import sqlite3
import time

from wherry_host.page.channels import person_name
from wherry_host.page.markup import element, moment, show

#: The number of readings in the list.
COUNT_MAX = 50
_LOOK_S = 1
_HINT = (
    "The server refused each of these readings alone, and has not stored it since. The node keeps "
    "them in a separate file: "
)
_SHOWS, _RESENDS = "wherry queue dump", "wherry queue resend"
# Members of an answer that only programs use.
_CODES = frozenset(("id", "type", "code", "status_code", "hereErrorCode", "loc"))
_STORED_NOTHING = "The server accepted the request and stored nothing."


class SetAside:
    """A list that the user can open; its heading has the number of set-aside readings.

    Queries run in threads. The list is queried only while it is open.
    """

    def __init__(self, feed):
        self._feed = feed
        self._key = self._request_id = None
        self._is_open, self._is_stale, self._looked_s = False, True, 0
        self._rows = []
        with element("section", "panel", aria_label="Set aside") as self._panel:
            with element("details", "fold bare", test="set-aside") as fold:
                self._summary = element("summary", "", test="set-aside-summary")
                self._build_text()
                self._list = element("div", "refusals", test="set-aside-list")
                self._more = element("div", "muted more", test="set-aside-more")
            fold.on("toggle", self._turn, js_handler="e => emit(e.target.open)")
        show(self._panel, False)

    def _build_text(self):
        with element("div", "muted hint", _HINT):
            element("span", "mono", _SHOWS)
            element("span", "", " shows them, ")
            element("span", "mono", _RESENDS)
            element("span", "", " sends them again.")

    def _turn(self, event):
        self._is_open, self._is_stale, self._looked_s = bool(event.args), True, 0
        self._feed.wake()

    async def show(self, device, has_changed):
        """Show a Device's set-aside readings; hide the list for None or if it has none."""
        key = device.key if device else None
        if key != self._key:
            self._key, self._is_stale, self._looked_s = key, True, 0
            self._fill(0, [])
        self._is_stale |= has_changed
        if key is None or time.monotonic() - self._looked_s < _LOOK_S:
            return
        self._looked_s = time.monotonic()
        request_id = self._feed.request_id
        if request_id == self._request_id and not self._is_stale:
            return
        self._request_id, self._is_stale = request_id, False
        try:
            self._fill(*await asyncio.to_thread(self._read, key, self._is_open))
        except sqlite3.Error:
            # The file is locked by another process; it is read again later.
            self._is_stale = True

    def _read(self, key, is_open):
        """Return (count, newest rows); runs in a thread."""
        history = self._feed.history
        count = history.set_aside_count(key)
        return count, history.set_aside(key, COUNT_MAX) if is_open and count else []

    def _fill(self, count, rows):
        show(self._panel, count > 0)
        self._summary.set_text(f"Set aside: {count:,} reading{'' if count == 1 else 's'}")
        self._more.set_text(f"and {count - len(rows):,} more")
        show(self._more, 0 < len(rows) < count)
        if rows == self._rows:
            return
        self._rows = rows
        self._list.clear()
        with self._list:
            for row in rows:
                self._build_row(row)

    def _build_row(self, row):
        channel, status = row["channel"], row["status"]
        with element("div", "refusal", test="set-aside-row"):
            moment(row["time_us"], "muted", test="set-aside-time")
            element("span", "", person_name(channel), test="set-aside-channel", title=channel)
            element("span", "bad", str(status), test="set-aside-status")
            words = self._feed.masked(reason(row["reason"], status))
            element("span", "", words, test="set-aside-reason")


def reason(answer, status):
    """Return the text of a refusal: the sentences in the answer's JSON, or the answer itself.

    Escapes may have hidden a secret from the store, so the text must be masked again.
    """
    if 200 <= status < 300:
        return _STORED_NOTHING
    try:
        words = dict.fromkeys(_sentences(json.loads(answer)))
    except (ValueError, RecursionError):
        return answer or "The server gave no reason."
    reported = ": ".join(words) or "The server gave no reason."
    return reported.encode("utf-8", "backslashreplace").decode()


def _sentences(content):
    """Yield the strings in JSON content, in order, without the members that only programs use."""
    if isinstance(content, dict):
        for name, value in content.items():
            if name not in _CODES:
                yield from _sentences(value)
    elif isinstance(content, list):
        for value in content:
            yield from _sentences(value)
    elif isinstance(content, str) and content:
        yield content.rstrip(".")
