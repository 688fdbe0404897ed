"""The account of the chosen node as a bar: how many of its readings are in each place.

A node counts at the start of an upload, so its counters still show the readings of that upload as
waiting. The server's table is newer: readings that it has stored since then count as delivered.
"""

import asyncio
import sqlite3

from wherry_host.page.fleet import WAITING
from wherry_host.page.markup import brief, element, moment, put, put_moment, show

PLACES = ("delivered", "waiting", "set_aside", "thinned", "dropped")
_WORDS = {"sampled": "sampled", "duplicates": "duplicates", "set_aside": "set aside"}
_LIVE = "where every reading is now"
_OWN = "as the node counted at"
# A node's clock may be wrong by this much, or by half the upload interval if that is less.
_CLOCK_US = 60_000_000
# A counter may have any value, but a node's flash holds fewer readings than this.
_WAITING_MAX = 1_000_000


class AccountBar:
    """Shows the panel's account if there is one, else the node's own counters."""

    def __init__(self, feed):
        self._feed, self._key, self._served = feed, None, {}
        with element("section", "panel", test="account", aria_label="Account") as self._panel:
            with element("div", "heading"):
                element("h2", "", "Account")
                self._source = element("span", "muted")
                self._counted = moment(0, "muted", test="account-time")
            with element("div", "account", role="img", aria_label="") as self._bar:
                self._parts = {place: element("div", place) for place in PLACES}
            with element("div", "shares"):
                self._counts = {place: _share(place, place) for place in PLACES}
                for name in ("duplicates", "sampled"):
                    self._counts[name] = _share(name, f"bare {name}")
        show(self._panel, False)

    async def show(self, device, has_changed):
        """Show the account of a Device; show nothing for None or for a node without counters."""
        live = self._feed.live_account(device) if device else None
        if live:
            # This account does not use the server's table, so the next account must read it again.
            self._key = None
        elif device and (has_changed or device.key != self._key):
            await self._read(device)
        counts = live or (self._served if device else {})
        self._source.set_text(_LIVE if live else _OWN)
        reported = device and not live and device.newest.get(WAITING)
        show(self._counted, bool(reported))
        if reported:
            put_moment(self._counted, reported.time_us)
        show(self._panel, bool(counts))
        if counts:
            self._fill(counts)

    async def _read(self, device):
        self._key, self._served = device.key, {}
        try:
            self._served = await asyncio.to_thread(served, device, self._feed.history)
        except sqlite3.Error:
            # The file is locked by another process; it is read again later.
            self._key = None

    def _fill(self, counts):
        for place, part in self._parts.items():
            count = counts.get(place, 0)
            put(part, "style", f"flex-grow: {count:.6g}")
            part.classes(add="some" if count else "", remove="" if count else "some")
        for place, (share, number) in self._counts.items():
            show(share, place in counts)
            number.set_text(brief(counts.get(place, 0)))
        reported = ", ".join(f"{_name(place)} {brief(count)}" for place, count in counts.items())
        put(self._bar, "aria-label", reported)


def served(device, history):
    """Return the account {place: readings} of a Device from its counters and the server's table.

    It queries a History, so it may take some milliseconds. Raises sqlite3.Error.
    """
    counts, reported = device.account(), device.newest.get(WAITING)
    if not reported or counts["waiting"] <= 0 or "delivered" not in counts:
        return counts
    since_us = reported.time_us - min(_CLOCK_US, device.interval_us // 2)
    count_max = min(counts["waiting"], _WAITING_MAX)
    health = [channel for channel in device.newest if channel not in device.channels]
    # The counters do not include the row that carries them.
    count = sum(
        history.stored_since(*device.key, channels, until_us, since_us, count_max)
        for channels, until_us in (
            (device.channels, reported.time_us),
            (health, reported.time_us - 1),
        )
    )
    count = min(count, counts["waiting"])
    return counts | {
        "delivered": counts["delivered"] + count,
        "waiting": counts["waiting"] - count,
    }


def _share(place, classes):
    with element("span", f"share {classes}") as share:
        element("span", "name", _name(place))
        number = element("span", "count", "0", test=f"account-{place}")
    return share, number


def _name(place):
    return _WORDS.get(place, place)
