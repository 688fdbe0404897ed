"""All nodes in one table: states, batteries, signals and undelivered readings.

Rows are sent only while the table is open.
"""

import time

from nicegui import ui

from wherry_host.page.boards import title
from wherry_host.page.channels import with_unit
from wherry_host.page.fleet import RSSI, duration
from wherry_host.page.markup import brief, element, short, show

_REFRESH_S = 2
_ROWS_A_PAGE = 15
_LOST = ("set_aside", "thinned", "dropped")
_COLUMNS = (
    ("name", "Node", "left"), ("state", "State", "left"), ("seen_s", "Last seen", "right"),
    ("interval_s", "Usually every", "right"), ("lost", "Set aside or dropped", "right"),
    ("battery", "Battery", "right"), ("rssi", "Signal", "right"), ("services", "Services", "left"),
)  # fmt: skip
# Numbers are sorted by value and shown as formatted text.
_TEXT_OF = {
    "seen_s": "seen", "interval_s": "interval", "battery": "battery_text", "rssi": "rssi_text",
}  # fmt: skip
_STATE_CELL = """
<q-td :props="props">
  <span class="state" :data-state="props.value">{{ props.value }}</span>
</q-td>
"""
_TEXT_CELL = '<q-td :props="props">{{{{ props.row.{} }}}}</q-td>'


class FleetTable:
    """The table; it calls choose(key) when a row is clicked, and is hidden for a single node."""

    def __init__(self, feed, choose):
        self._feed, self._choose = feed, choose
        self._is_open, self._shown_s = False, 0
        with (
            element("section", "panel", test="fleet", aria_label="Fleet") as self._panel,
            element("details", "fold bare") as fold,
        ):
            self._summary = element("summary", "", "Fleet", test="fleet-summary")
            self._table = self._build_table()
        fold.on("toggle", self._turn, js_handler="e => emit(e.target.open)")

    def _build_table(self):
        columns = [
            {"name": name, "label": label, "field": name, "align": align, "sortable": True}
            for name, label, align in _COLUMNS
        ]
        table = ui.table(columns=columns, rows=[], row_key="key", pagination=_ROWS_A_PAGE)
        table.props("flat dense hide-no-data")
        table.props["data-test"] = "fleet-table"
        table.add_slot("body-cell-state", _STATE_CELL)
        for name, text in _TEXT_OF.items():
            table.add_slot(f"body-cell-{name}", _TEXT_CELL.format(text))
        table.on(
            "row-click",
            lambda event: self._choose(tuple(event.args)),
            js_handler="(event, row) => emit(row.place)",
        )
        return table

    def show(self):
        """Show the number of nodes in each state and, if the table is open, all nodes."""
        feed = self._feed
        show(self._panel, len(feed.boards()) > 1)
        passed_s = time.monotonic() - self._shown_s
        if passed_s < _REFRESH_S:
            return
        self._shown_s = time.monotonic()
        self._summary.set_text(f"Fleet: {feed.states.total():,} nodes, {counted(feed.states)}")
        if self._is_open:
            now_us = feed.now_us()
            boards = (board for board in feed.boards() if board.seen.newest)
            self._table.rows = [self._row(board, now_us) for board in boards]
            self._table.update()

    def _turn(self, event):
        self._is_open, self._shown_s = bool(event.args), 0
        self._feed.wake()

    def _row(self, board, now_us):
        device = board.seen
        passed_us = max(0, now_us - device.seen_us)
        return {
            "key": board.name,
            "place": board.devices[0].key,
            "name": board.name,
            "services": ", ".join(title(each.api) for each in board.devices),
            "state": self._feed.state(board)[0],
            "seen_s": passed_us // 1_000_000,
            "seen": f"{duration(passed_us)} ago",
            "interval_s": device.interval_us / 1e6,
            "interval": _interval(device.interval_us),
            "lost": _lost(device.account()),
            **_measured("battery", device.battery, device.battery_channel, short),
            **_measured("rssi", device.rssi, RSSI, brief),
        }


def _measured(column, point, channel, shown):
    """Return the fields of a Point for a column: its value, and the text with the unit."""
    if point is None:
        return {column: "", f"{column}_text": ""}
    return {column: point.value, f"{column}_text": with_unit(shown(point.value), channel)}


def counted(words):
    """Return the number of nodes in each state, the largest first, such as "9 sampling"."""
    return ", ".join(f"{count:,} {word}" for word, count in words.most_common())


def _lost(account):
    counts = [account[place] for place in _LOST if place in account]
    return sum(counts) if counts else ""


def _interval(interval_us):
    """Return an interval as text; from 1 s on, it is in whole seconds."""
    if not interval_us:
        return "\N{EN DASH}"
    return duration(interval_us + 500_000) if interval_us >= 1_000_000 else "less than 1 s"
