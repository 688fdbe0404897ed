"""The figures of a node's uplinks, from their ledgers and the ledgers of held channels.

A ledger counts all readings that the node ever took; readings of channels that the uplink does not
take are `others`. So the figures of all uplinks have the same sum.
"""

from collections import Counter

from wherry.reading import NO_MS

from wherry_host.reading_text import time_text

COUNTS = ("delivered", "set_aside", "dropped", "thinned", "damaged")


class Ahead:
    """The readings at and after an uplink's cursors in a view: its own readings, and others.

    `own` and `others` have a count for each held channel, and for None, which means the uplink's
    own ledger.
    """

    def __init__(self, view, uplink):
        held = view.held[uplink]
        self._takes = view.takes[uplink]
        self._held = held
        self._cursors = {
            channel: (ledger.row, ledger.channel)
            for channel, ledger in [(None, view.ledgers[uplink]), *held.items()]
        }
        self.own, self.others = Counter(), Counter()

    def add(self, kept):
        """Count a Kept reading."""
        channel = kept.channel if kept.channel in self._held else None
        for key, cursor in self._cursors.items():
            if (kept.row, kept.index) >= cursor:
                is_own = key == channel and self._takes(kept.channel)
                (self.own if is_own else self.others)[key] += 1


def uplink_figures(ledger, held, readings, ahead):
    """Return an uplink's account; `unreadable` is the number of waiting readings not found.

    `held` has the number of readings that wait for each channel that the server does not know;
    `waiting` includes them. `doubted` readings were sent once more because an answer was lost.
    `denied_since` is the time of the first refusal after the last delivery.
    """
    counts = {name: getattr(ledger, name) for name in (*COUNTS, "before", "doubted")}
    counts["waiting"], unreadable = _waiting(ledger, readings, ahead, None)
    waiting_held = {}
    for channel, each in held.items():
        waiting_held[channel], more = _waiting(each, readings, ahead, channel)
        unreadable += more
        for name in (*COUNTS, "doubted"):
            counts[name] += getattr(each, name)
    counts["waiting"] += sum(waiting_held.values())
    placed = sum(counts[name] for name in ("waiting", "before", *COUNTS))
    return {
        **counts,
        "others": max(0, readings - placed),
        "held": waiting_held,
        "denied_since": time_text(ledger.denied_s, NO_MS) if ledger.denied_s else None,
        "unreadable": unreadable,
        "cursor": [ledger.row, ledger.channel],
    }


def _waiting(ledger, readings, ahead, key):
    """Return (number of readings that wait for a ledger, how many of them cannot be found)."""
    count = max(0, readings - ledger.settled() - ahead.others[key])
    return count, max(0, count - ahead.own[key])


def uplink_lines(uplinks, readings):
    """Yield the uplinks' figures as text lines."""
    if not uplinks:
        yield f"No uplink has a ledger yet: all {readings:,} readings wait."
        return
    names = ("waiting", *COUNTS)
    yield "".join(["uplink".ljust(14), *(name.replace("_", " ").rjust(11) for name in names)])
    for uplink, counts in uplinks.items():
        yield "".join([uplink.ljust(14), *(f"{counts[name]:,}".rjust(11) for name in names)])
    for uplink, counts in uplinks.items():
        for line in _more_lines(counts):
            yield f"{uplink}: {line}"
    yield f"The figures of each uplink add up to {readings:,}: every reading this node ever took."


def _more_lines(counts):
    if counts["unreadable"]:
        count = f"{counts['unreadable']:,}"
        yield f"{count} of the waiting cannot be read; they will count as damaged."
    if counts["before"]:
        yield f"{counts['before']:,} more were taken before it was added."
    if counts["others"]:
        yield f"{counts['others']:,} more are of channels that it does not take."
    for channel, waiting in counts["held"].items():
        yield f'the server does not know "{channel}": its {waiting:,} wait apart.'
    if counts["doubted"]:
        yield f"{counts['doubted']:,} were sent twice because an answer was lost."


def removed_lines(removed):
    """Yield a line for each uplink that is no longer configured."""
    for uplink, counts in removed.items():
        yield f"{uplink}: no longer configured; {counts['delivered']:,} were delivered to it."
