"""One browser tab: the parts of the page, the node that is chosen, and who updates what."""

from nicegui import context

from wherry_host.page.account import AccountBar
from wherry_host.page.cards import Cards
from wherry_host.page.charts import Charts
from wherry_host.page.fault_panel import FaultPanel
from wherry_host.page.fleet_table import FleetTable
from wherry_host.page.log import RequestLog
from wherry_host.page.map import Map
from wherry_host.page.markup import element, moment, put_moment
from wherry_host.page.shadow_panel import ShadowPanel
from wherry_host.page.switches import PanelSwitches, ServerSwitches


class View:
    """Built while a page is requested; the feed updates it until its tab is closed."""

    def __init__(self, feed):
        self._feed = feed
        self._chosen = self._followed = None
        self._client = context.client
        self._client.on_delete(lambda: feed.leave(self))
        self._build_top()
        with element("div", "layout") as self._layout:
            with element("aside", "column nodes", aria_label="Nodes"):
                self._cards = Cards(feed, self._choose)
            with element("section", "column"):
                self._build_switches()
                self._fleet = FleetTable(feed, self._choose)
                self._account = AccountBar()
                self._charts = Charts(feed)
                self._map = Map(feed)
                self._shadow = ShadowPanel(feed)
                self._log = RequestLog(feed)
        self._show()
        feed.join(self)

    async def update(self, changed):
        """Show what is new; `changed` are the keys of the devices that have new points."""
        if not self._client.has_socket_connection:
            return
        with self._client:
            device = self._show()
            has_changed = device is not None and device.key in changed
            await self._charts.show(device, has_changed)
            await self._map.show(device, has_changed)

    def _show(self):
        """Show all that needs no query, and return the chosen device; None without a device."""
        feed, now_us = self._feed, self._feed.now_us()
        device = self._device()
        put_moment(self._clock, now_us)
        self._states.set_text(_counted(feed.states))
        is_alone = self._cards.show(device)
        self._layout.classes(add="alone" if is_alone else "", remove="" if is_alone else "alone")
        self._panel.show(feed.panel)
        self._server.show(feed.answers(), feed.trouble)
        self._faults.show()
        self._fleet.show()
        self._account.show(feed, device)
        self._shadow.show(device)
        self._log.show()
        return device

    def _device(self):
        """Return the device that a person chose, else the panel's node, else the first one."""
        feed = self._feed
        chosen = feed.fleet.get(self._chosen)
        if chosen is not None:
            return chosen
        devices = feed.devices()
        # A node that delivers later must not replace the one that a person is watching.
        followed = feed.fleet.get(self._followed) or next(iter(devices), None)
        device = next(filter(feed.has_panel, devices), followed)
        self._followed = device.key if device else None
        return device

    def _choose(self, key):
        self._chosen = key
        self._feed.wake()

    def _build_top(self):
        with element("header", "top"):
            element("h1", "", "wherry")
            self._states = element("span", "muted", test="states")
            element("span", "place grow mono", self._feed.place, test="place")
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
        """Build a button for a time zone; times.js names the browser's own and presses one."""
        shown = element("button", "button", name, f"zone-{zone}", type="button", data_zone=zone)
        is_utc = "true" if zone == "utc" else "false"
        shown.on("click", js_handler=f"() => wherry.zone.choose({is_utc})")

    def _build_switches(self):
        with element("div", "panel switches", test="switches"):
            self._panel = PanelSwitches(self._feed)
            self._server = ServerSwitches(self._feed)
            self._faults = FaultPanel(self._feed)


def _counted(states):
    """Return how many nodes are in which state; of a single node its card says it."""
    if sum(states.values()) < 2:
        return ""
    return " · ".join(f"{count:,} {word}" for word, count in sorted(states.items()))
