"""The account of the chosen node as a bar: where each reading that it took is now."""

from wherry_host.page.markup import brief, element, put, show

PLACES = ("delivered", "waiting", "set_aside", "thinned", "dropped")
_TOLD = {"sampled": "sampled", "duplicates": "duplicates", "set_aside": "set aside"}
_LIVE = "where every reading is now"
_OWN = "where every reading was, as the node told before its last upload"


class AccountBar:
    """Shown from the panel's account if there is one, else from the node's own counters."""

    def __init__(self):
        with element("section", "panel", test="account", aria_label="Account") as self._panel:
            with element("div", "heading"):
                element("h2", "", "Account")
                self._source = element("span", "muted")
            with element("div", "account", role="img", aria_label="") as self._bar:
                self._parts = {place: element("div", place) for place in PLACES}
            with element("div", "shares"):
                self._counts = {place: _share(place, place) for place in PLACES}
                for name in ("duplicates", "sampled"):
                    self._counts[name] = _share(name, f"bare {name}")

    def show(self, feed, device):
        """Show the account of a Device; None or a node without counters has none."""
        live = device is not None and feed.has_panel(device)
        counts = {}
        if live:
            counts = feed.panel.account
        elif device is not None:
            counts = device.account()
        show(self._panel, bool(counts))
        if not counts:
            return
        self._source.set_text(_LIVE if live else _OWN)
        for place, part in self._parts.items():
            count = counts.get(place, 0)
            put(part, "style", f"flex-grow: {count:.6g}")
            part.classes(add="some" if count else "", remove="" if count else "some")
        for place, (share, number) in self._counts.items():
            show(share, place in counts)
            number.set_text(brief(counts.get(place, 0)))
        told = ", ".join(f"{_name(place)} {brief(count)}" for place, count in counts.items())
        put(self._bar, "aria-label", told)


def _share(place, classes):
    with element("span", f"share {classes}") as share:
        element("span", "name", _name(place))
        number = element("span", "count", "0", test=f"account-{place}")
    return share, number


def _name(place):
    return _TOLD.get(place, place)
