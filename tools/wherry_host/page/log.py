"""The newest requests of the chosen node with their answers; a click on one shows its two bodies.

A request that names no device may be from any node, so each node's list includes it, with a mark.
The store masks secrets.
"""

import json

from wherry_host.page.feed import REQUESTS_COUNT
from wherry_host.page.markup import element, moment, put, show

# The indentation of deeply nested brackets would grow to megabytes.
_PRETTY_SIZE_MAX = 65_536


class RequestLog:
    """A list with the newest request on top."""

    def __init__(self, feed):
        self._feed = feed
        self._entries, self._place = [], None
        with element("section", "panel", test="requests", aria_label="Requests"):
            with element("div", "heading"):
                self._title = element("h2", "", "Requests", test="requests-title")
                element("span", "muted", "the newest first; a click shows body and answer")
            self._list = element("div", "requests")
            self._empty = element("div", "empty", "No request yet", test="no-requests")

    def show(self, device):
        """Add new requests of a Device on top and remove the oldest; None means every sender."""
        place = device.key if device else None
        if place != self._place:
            self._clear()
            self._place = place
        name = self._feed.title(device) if device else ""
        self._title.set_text(f"Requests of {name}" if name else "Requests")
        requests = self._feed.requests_of(place)
        if requests is not None:
            self._add(requests)
        show(self._empty, requests is not None and not self._entries)

    def _clear(self):
        for entry in self._entries:
            entry.shown.delete()
        self._entries = []

    def _add(self, requests):
        known = self._entries[0].request["id"] if self._entries else 0
        news = [request for request in requests if request["id"] > known]
        for request in reversed(news):
            with self._list:
                entry = _Entry(self._feed, request)
            entry.shown.move(target_index=0)
            self._entries.insert(0, entry)
        # Entries that the user has opened stay.
        for entry in [old for old in self._entries[REQUESTS_COUNT:] if not old.is_open]:
            self._entries.remove(entry)
            entry.shown.delete()


class _Entry:
    def __init__(self, feed, request):
        self._feed, self.request = feed, request
        self._texts = None
        with element("div", "entry") as self.shown:
            self._build_row()

    @property
    def is_open(self):
        """True if the bodies are visible."""
        return self._texts is not None and self._texts.visible

    def _build_row(self):
        request = self.request
        answer = _brief(request["answer"])
        with element(
            "button", "request", test="request-row", type="button", aria_expanded="false"
        ) as self._row:
            moment(request["received_us"], "muted", test="request-time")
            element("span", "method", request["method"])
            self._build_path()
            bad = "" if 200 <= request["status"] < 300 else " bad"
            element("span", f"status{bad}", _status(request["status"]), test="request-status")
            element("span", "answer muted", answer)
        self._row.on("click", lambda _: self._turn(), js_handler="() => emit()")

    def _build_path(self):
        path = self.request["path"]
        with element("span", "path", title=path):
            if not self.request["device"]:
                element("span", "unknown", "sender unknown", test="request-unknown")
            element("span", "mono", path)

    def _turn(self):
        """Show the bodies, or hide them again."""
        if self._texts is None:
            with self.shown, element("div", "texts", test="request-texts") as self._texts:
                for name in ("body", "answer"):
                    _text(name, self._feed.masked(pretty(self.request[name])))
        else:
            show(self._texts, not self._texts.visible)
        put(self._row, "aria-expanded", "true" if self.is_open else "false")


def _text(name, text):
    with element("div"):
        element("div", "name", name)
        element("pre", "mono", text, test=f"request-{name}")


def _status(status):
    # Status 0 means that a fault kept the answer back.
    return str(status) if status else "cut"


def pretty(text):
    """Return JSON with indentation; return anything else, such as truncated text, unchanged.

    Indenting decodes escapes and may reveal secrets, so the result must be masked again. Half a
    surrogate pair stays escaped: it is not a character that could be sent to a browser.
    """
    try:
        indented = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text or "empty"
    if len(indented) > _PRETTY_SIZE_MAX:
        return text
    return indented.encode("utf-8", "backslashreplace").decode()


def _brief(text):
    return " ".join(text[:200].split())
