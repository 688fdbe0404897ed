"""The card of one node: its state, and the services that it sends to."""

from wherry_host.page import states
from wherry_host.page.boards import title
from wherry_host.page.channels import person_name, with_unit
from wherry_host.page.fleet import BATTERY, CLOCK_ERROR_MS, RSSI, duration
from wherry_host.page.markup import brief, button, element, press, put, put_state, short, show


class Card:
    """A card that calls choose(key) with the key of the Device that is clicked."""

    def __init__(self, choose):
        self._choose = choose
        self._board = None
        self._uplinks = []
        with element("div", "card") as self._shown:
            with button("", self._clicked, "node-card") as self._button:
                self._name = element("span", "title", test="node-name")
                self._state = element("span", "state", test="node-state")
                self._seen = element("span", "seen", test="node-seen")
                with element("span", "facts") as self._facts:
                    self._battery = _fact("battery", "node-battery")
                    self._rssi = _fact(person_name(RSSI), "node-rssi")
                    self._clock = _fact(person_name(CLOCK_ERROR_MS), "node-clock-error")
            self._list = element("div", "uplinks", role="group", aria_label="Uplinks")
        self._button.classes(replace="node")

    def show(self, feed, board, chosen):
        """Show a Board, or nothing for None; `chosen` is the Device that the page shows."""
        self._board = board
        show(self._shown, board is not None)
        if board is None:
            return
        is_chosen = chosen is not None and chosen.key in board.keys
        self._shown.classes(add="on" if is_chosen else "", remove="" if is_chosen else "on")
        press(self._button, is_chosen)
        put(self._button, "data-node", board.name)
        self._name.set_text(board.name)
        put(self._name, "title", board.name)
        word, detail = feed.state(board)
        self._state.set_text(word)
        put(self._state, "title", detail)
        put_state(self._state, word)
        now_us = feed.now_us()
        self._fill(board, now_us)
        self._show_uplinks(board, chosen, now_us)

    def _fill(self, board, now_us):
        device = board.seen
        services = "" if len(board.devices) > 1 or not device.api else f" · {title(device.api)}"
        self._seen.set_text(_seen(device, now_us) + services)
        show(self._facts, bool(device.newest))
        self._battery.set_text(_battery(device))
        self._rssi.set_text(_number(device.rssi, 0, RSSI))
        self._clock.set_text(_number(device.clock_error_ms, 0, CLOCK_ERROR_MS, "±"))

    def _show_uplinks(self, board, chosen, now_us):
        devices = board.devices if len(board.devices) > 1 else ()
        with self._list:
            while len(self._uplinks) < len(devices):
                self._uplinks.append(_Uplink(self._choose))
        for i, uplink in enumerate(self._uplinks):
            uplink.show(devices[i] if i < len(devices) else None, chosen, now_us)
        show(self._list, bool(devices))

    def _clicked(self):
        self._choose(self._board.devices[0].key)


class _Uplink:
    def __init__(self, choose):
        self._device = None
        with button("", lambda: choose(self._device.key), "node-uplink", "uplink") as self._shown:
            self._title = element("span")
            self._state = element("span", "state", test="uplink-state")

    def show(self, device, chosen, now_us):
        self._device = device
        show(self._shown, device is not None)
        if device is None:
            return
        press(self._shown, device == chosen)
        put(self._shown, "data-api", device.api)
        put(self._shown, "title", device.name)
        word = states.state(device, now_us) if device.newest else "no delivery yet"
        self._title.set_text(title(device.api))
        self._state.set_text(word)
        put_state(self._state, word)


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
