"""One browser tab: the parts of the page, their updates, and the chosen node."""

from nicegui import context

from wherry_host.page.account import AccountBar
from wherry_host.page.cards import Cards
from wherry_host.page.charts import Charts
from wherry_host.page.fault_panel import FaultPanel
from wherry_host.page.fleet import duration
from wherry_host.page.fleet_table import FleetTable, counted
from wherry_host.page.log import RequestLog
from wherry_host.page.map import Map
from wherry_host.page.markup import element, moment, put_moment
from wherry_host.page.set_aside import SetAside
from wherry_host.page.shadow_panel import ShadowPanel
from wherry_host.page.switches import PanelSwitches, ServerSwitches

_AHEAD_US_MIN = 2_000_000


class View:
    """A tab: built when the page is requested, and updated by the feed until it is closed."""

    def __init__(self, feed):
        self._feed = feed
        self._chosen = self._followed = None
        #: The key of the device that is shown, or None.
        self.place = None
        self._client = context.client
        self._client.on_delete(lambda: feed.leave(self))
        self._build_top()
        with element("div", "layout") as self._layout:
            with element("aside", "column nodes", aria_label="Nodes"):
                self._cards = Cards(feed, self._choose)
            with element("section", "column"):
                self._build_switches()
                self._fleet = FleetTable(feed, self._choose)
                self._account = AccountBar(feed)
                self._set_aside = SetAside(feed)
                self._charts = Charts(feed)
                self._map = Map(feed)
                self._shadow = ShadowPanel(feed)
                self._log = RequestLog(feed)
        self._show()
        feed.join(self)

    async def update(self, changed):
        """Show new data; `changed` are the keys of the devices that have new points."""
        if not self._client.has_socket_connection:
            return
        with self._client:
            device = self._show()
            has_changed = device is not None and device.key in changed
            await self._account.show(device, has_changed)
            await self._set_aside.show(device, has_changed)
            await self._charts.show(device, has_changed)
            await self._map.show(device, has_changed)

    def _show(self):
        """Show all parts that do not need a query; return the chosen device or None."""
        feed, now_us = self._feed, self._feed.now_us()
        device = self._device()
        self.place = device.key if device else None
        put_moment(self._clock, now_us)
        self._pace.set_text(_pace(*feed.pace()))
        self._states.set_text(_reported(feed.states))
        is_alone = self._cards.show(device)
        self._layout.classes(add="alone" if is_alone else "", remove="" if is_alone else "alone")
        self._panel.show(feed.panel)
        self._server.show(feed.answers(), feed.trouble)
        self._faults.show()
        self._fleet.show()
        self._shadow.show(device)
        self._log.show(device)
        return device

    def _device(self):
        """Return the device that the user chose, else the panel's node, else the first device."""
        feed, devices = self._feed, self._feed.fleet.devices
        if self._chosen in devices:
            return devices[self._chosen]
        boards = feed.boards()
        own = next((board for board in boards if board.is_own), None)
        # A node that delivers later must not replace the node that the user is watching.
        if own is None and self._followed in devices:
            return devices[self._followed]
        board = own or next(iter(boards), None)
        self._followed = board.devices[0].key if board else None
        return board.devices[0] if board else None

    def _choose(self, key):
        self._chosen = self.place = key
        self._feed.wake()

    def _build_top(self):
        with element("header", "top"):
            element("h1", "", "wherry")
            self._states = element("span", "muted", test="states")
            element("span", "place grow mono", self._feed.place, test="place")
            self._pace = element("span", "muted", test="pace")
            self._clock = moment(self._feed.now_us(), "clock", test="clock")
            with element("div", "choices", role="group", aria_label="Time zone"):
                self._build_zone("own", "")
                self._build_zone("utc", "UTC")
            theme = element(
                "button", "button plain", "◐", test="theme", type="button",
                aria_label="Dark or light", title="Dark or light",
            )  # fmt: skip
            theme.on("click", js_handler="() => wherry.toggle_theme()")

    def _build_zone(self, zone, name):
        """Build a time zone's button; times.js names the browser's zone and marks one button."""
        shown = element("button", "button", name, f"zone-{zone}", type="button", data_zone=zone)
        is_utc = "true" if zone == "utc" else "false"
        shown.on("click", js_handler=f"() => wherry.zone.choose({is_utc})")

    def _build_switches(self):
        with element("div", "panel switches", test="switches"):
            self._panel = PanelSwitches(self._feed)
            self._server = ServerSwitches(self._feed)
            self._faults = FaultPanel(self._feed)


def _reported(states):
    """Return the number of nodes in each state, or "" for a single node, whose card shows its
    state.
    """
    return counted(states) if states.total() > 1 else ""


def _pace(speed, ahead_us):
    """Return a sentence about how the page's time differs from this computer's, or ""."""
    parts = [f"{speed:g}\N{MULTIPLICATION SIGN}"] if speed != 1 else []
    if abs(ahead_us) > _AHEAD_US_MIN:
        way = "ahead of" if ahead_us > 0 else "behind"
        parts.append(f"{duration(abs(ahead_us))} {way} this computer")
    return ", ".join(parts)
