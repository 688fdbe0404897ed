"""The list of nodes: a search, a page of cards at a time, and one card that is chosen.

Cards are made once and filled again, so a thousand nodes cost no more than ten.
"""

from wherry_host.page.channels import person_name, with_unit
from wherry_host.page.fleet import BATTERY, CLOCK_ERROR_MS, RSSI, duration
from wherry_host.page.markup import brief, button, element, press, put, put_state, short, show

_CARDS_COUNT = 8
_SEARCH_FROM = 3


class Cards:
    """Calls choose(key) when a card is clicked."""

    def __init__(self, feed, choose):
        self._feed, self._choose = feed, choose
        self._text, self._first = "", 0
        self._search = element(
            "input", "search", test="search", type="search", aria_label="Search nodes",
            placeholder="Search nodes",
        )  # fmt: skip
        self._search.on("input", self._find, js_handler="event => emit(event.target.value)")
        with element("div", "cards") as self._list:
            self._cards = [_Card(self._clicked) for _ in range(_CARDS_COUNT)]
        with element("div", "pager") as self._pager:
            self._back = button("Back", self._turn_back, "page-back", aria_label="Nodes before")
            self._place = element("span", test="page-place")
            self._on = button("Next", self._turn_on, "page-on", aria_label="Further nodes")
        with element("div", "panel empty", test="no-nodes") as self._empty:
            self._reason = element("div", "reason")
            with element("div") as self._hint:
                element("span", "", "Nodes send to ")
                element("span", "mono", feed.place)
                element("span", "", " with the key that the server's terminal shows")

    def show(self, chosen):
        """Show the page of cards that is turned to; `chosen` is the Device that stands out.

        Return whether there is at most one node at all, which then needs no column of its own.
        """
        found = self._feed.devices(self._text)
        self._first = max(0, min(self._first, (len(found) - 1) // _CARDS_COUNT * _CARDS_COUNT))
        shown = found[self._first : self._first + _CARDS_COUNT]
        for card, device in zip(self._cards, shown + [None] * _CARDS_COUNT, strict=False):
            card.show(self._feed, device, chosen is not None and device == chosen)
        last = self._first + len(shown)
        self._place.set_text(f"{self._first + 1:,}\N{EN DASH}{last:,} of {len(found):,}")
        put(self._back, "disabled", self._first == 0)
        put(self._on, "disabled", last >= len(found))
        show(self._search, bool(self._text) or len(found) >= _SEARCH_FROM)
        show(self._pager, len(found) > _CARDS_COUNT)
        show(self._list, bool(found))
        show(self._empty, not found)
        self._reason.set_text("No node fits" if self._text else "No node has delivered yet")
        show(self._hint, not self._text)
        return not self._text and len(found) <= 1

    def _clicked(self, device):
        self._choose(device.key)

    def _find(self, event):
        self._text, self._first = str(event.args), 0
        self._feed.wake()

    def _turn_back(self):
        self._first -= _CARDS_COUNT
        self._feed.wake()

    def _turn_on(self):
        self._first += _CARDS_COUNT
        self._feed.wake()


class _Card:
    def __init__(self, clicked):
        self._device = None
        with button("", lambda: clicked(self._device), "node-card") as self._shown:
            self._name = element("span", "title", test="node-name")
            self._state = element("span", "state", test="node-state")
            self._seen = element("span", "seen", test="node-seen")
            with element("span", "facts") as self._facts:
                self._battery = _fact("battery", "node-battery")
                self._rssi = _fact(person_name(RSSI), "node-rssi")
                self._clock = _fact(person_name(CLOCK_ERROR_MS), "node-clock-error")
        self._shown.classes(replace="card")

    def show(self, feed, device, is_chosen):
        self._device = device
        show(self._shown, device is not None)
        if device is None:
            return
        word, detail = feed.state(device)
        press(self._shown, is_chosen)
        put(self._shown, "data-node", device.name)
        self._name.set_text(device.name)
        put(self._name, "title", device.name)
        self._state.set_text(f"{word} {detail}" if word == "waiting" and detail else word)
        put_state(self._state, word)
        self._seen.set_text(
            _seen(device, feed.now_us()) + (f" · {device.api}" if device.api else "")
        )
        show(self._facts, bool(device.newest))
        self._battery.set_text(_battery(device))
        self._rssi.set_text(_number(device.rssi, 0, RSSI))
        self._clock.set_text(_number(device.clock_error_ms, 0, CLOCK_ERROR_MS, "±"))


def _fact(name, test):
    with element("span", "fact"):
        element("span", "name", name)
        return element("span", "", "\N{EN DASH}", test=test)


def _seen(device, now_us):
    if not device.newest:
        return "has not delivered yet"
    passed_us = now_us - device.seen_us
    return "seen just now" if passed_us < 1_000_000 else f"seen {duration(passed_us)} ago"


def _battery(device):
    channel = device.battery_channel
    if channel in (None, BATTERY):
        return _number(device.battery, 2, BATTERY)
    return with_unit(short(device.battery.value), channel)


def _number(point, places, channel, sign=""):
    text = f"{sign}{brief(point.value, places)}" if point else ""
    return with_unit(text, channel) if text else "\N{EN DASH}"
