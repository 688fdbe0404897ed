"""The list of nodes: a search field, pages of cards, and the chosen card.

Cards are created once and then reused, so a thousand nodes cost no more than ten.
"""

from wherry_host.page.card import Card
from wherry_host.page.markup import button, element, put, show

_CARDS_COUNT = 8
_SEARCH_FROM = 3


class Cards:
    """The list; a click on a card or on an uplink in it calls choose(key) for a Device."""

    def __init__(self, feed, choose):
        self._feed = feed
        self._text, self._first = "", 0
        self._search = element(
            "input", "search", test="search", type="search", aria_label="Search nodes",
            placeholder="Search nodes",
        )  # fmt: skip
        self._search.on("input", self._find, js_handler="event => emit(event.target.value)")
        with element("div", "cards") as self._list:
            self._cards = [Card(choose) for _ in range(_CARDS_COUNT)]
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
        """Show the current page of cards; `chosen` is the Device that is shown.

        Return True if there is at most one node, which then needs no separate column.
        """
        found = self._feed.boards(self._text)
        self._first = max(0, min(self._first, (len(found) - 1) // _CARDS_COUNT * _CARDS_COUNT))
        shown = found[self._first : self._first + _CARDS_COUNT]
        for card, board in zip(self._cards, shown + [None] * _CARDS_COUNT, strict=False):
            card.show(self._feed, board, chosen)
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

    def _find(self, event):
        self._text, self._first = str(event.args), 0
        self._feed.wake()

    def _turn_back(self):
        self._first -= _CARDS_COUNT
        self._feed.wake()

    def _turn_on(self):
        self._first += _CARDS_COUNT
        self._feed.wake()
