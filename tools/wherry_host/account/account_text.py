"""Print the account of a run as a table; on a terminal, each place has a bar."""

from rich.table import Table
from rich.text import Text

_STYLES = {
    "delivered": "green",
    "waiting": "yellow",
    "set_aside": "magenta",
    "thinned": "blue",
    "dropped": "red",
}
_BAR_SIZE = 40


# Places that are empty on most nodes.
_RARE = ("in_gap", "others")


def print_account(counts, console, uplinks=None):
    """Print the account {place: readings}, and each uplink's account if there are several."""
    table = Table("account", box=None, pad_edge=False, header_style="bold")
    table.add_column("readings", justify="right")
    if console.is_terminal:
        table.add_column("", no_wrap=True)
    for place, count in counts.items():
        if place in _RARE and not count:
            continue
        cells = [Text(place.replace("_", " "), _STYLES.get(place, "")), str(count)]
        if console.is_terminal:
            cells.append(bar(counts, _BAR_SIZE, place))
        table.add_row(*cells, style="" if count else "dim")
    console.print()
    console.print(table)
    console.print()
    if uplinks and len(uplinks) > 1:
        for uplink, each in uplinks.items():
            console.print(f"{uplink}: {_reported(each)}", markup=False)
        console.print()


def _reported(counts):
    """Return a line with an uplink's places that are not 0."""
    places = [place for place, count in counts.items() if count and place != "sampled"]
    return ", ".join(f"{counts[place]} {place.replace('_', ' ')}" for place in places) or "nothing"


def bar(counts, size, place=None):
    """Return `size` characters divided among the places, or only the share of one place."""
    ends = _ends(counts, size)
    text = Text()
    begin = 0
    for each, end in ends.items():
        wanted = place in (None, "sampled", each)
        text.append(("━" if wanted else " ") * (end - begin), _STYLES[each])
        begin = end
    return text if place is None or place == "sampled" or place in ends else Text()


def _ends(counts, size):
    """Return the end of each place's share. A nonzero place has at least one character."""
    total = max(sum(counts[place] for place in _STYLES), 1)
    ends, end, passed = {}, 0, 0
    left = sum(counts[place] > 0 for place in _STYLES)
    for place in _STYLES:
        passed += counts[place]
        if counts[place]:
            left -= 1
            end = min(max(size * passed // total, end + 1), size - left)
        ends[place] = end
    return ends
