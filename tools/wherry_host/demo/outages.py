"""The spans in which a virtual board had no power or no Wi-Fi, from its own events.

Times are true Unix microseconds.
"""

#: The number of the newest spans of each kind that are kept.
SPANS_MAX = 500


class Outages:
    """The outages of one VirtualBoard; each look reads only new events. Not thread-safe.

    The board has power and its access points are on when it starts.
    """

    def __init__(self, board):
        self._board = board
        self._seen = 0
        self._spans = {"power": [], "wifi": []}

    def spans(self):
        """Return (kind, from_us, to_us) of each outage; `to_us` is None while it lasts.

        The kind is "power" or "wifi".
        """
        events = self._board.events
        while self._seen < len(events):
            event = events[self._seen]
            self._seen += 1
            self._note(event)
        return [(kind, *span) for kind, spans in self._spans.items() for span in spans]

    def _note(self, event):
        if event["event"] in ("cut", "boot"):
            self._switch("power", event["event"] == "boot", event["time_us"])
        elif event["event"] == "done" and event["command"]["do"] == "wifi":
            is_up = event["command"].get("up")
            if is_up is not None:
                self._switch("wifi", is_up, event["time_us"])

    def _switch(self, kind, is_on, time_us):
        """End or begin an outage of a kind; a switch that changes nothing is ignored."""
        spans = self._spans[kind]
        is_out = bool(spans) and spans[-1][1] is None
        if is_on and is_out:
            spans[-1] = spans[-1][0], time_us
        elif not is_on and not is_out:
            spans.append((time_us, None))
            del spans[:-SPANS_MAX]
