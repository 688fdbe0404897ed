"""Every device as the server knows it now: its newest values, its counters, how it is doing.

Devices are not changed but replaced, so that what one thread shows another may refresh.
"""

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property

from wherry_host.page.curve import late_after_us, usual_pause_us
from wherry_host.page.history import NEWS_MAX, Point

# The node's own channels, as lib/wherry/health.py names them.
HEALTH_PREFIX = "node_"
_RSSI = "node_rssi"
_CLOCK_ERROR_MS = "node_clock_error_ms"
_COUNTERS = ("sampled", "delivered", "waiting", "set_aside", "dropped")
_BATTERY = "battery_voltage"

_DELIVERIES_MAX = 16
# So many points of a channel tell the pauses between deliveries when the page starts.
_LATEST_COUNT = 16
_SILENT_PAUSES = 3
_SILENT_US = 10_000_000
# Of a device that has delivered only once.
_SILENT_ALONE_US = 3_600_000_000


@dataclass(frozen=True)
class Device:
    """One device; `newest` is {channel: Point}, `deliveries` the last moments of arrival."""

    api: str
    name: str
    newest: dict = field(default_factory=dict)
    deliveries: tuple = ()

    @property
    def key(self):
        """What tells it from all others: (api, name)."""
        return self.api, self.name

    @cached_property
    def channels(self):
        """The names of what it measures, sorted; its health is not among them."""
        return sorted(name for name in self.newest if not name.startswith(HEALTH_PREFIX))

    @cached_property
    def seen_us(self):
        """When the server last had a point of it, be it an old one."""
        return max([*self.deliveries[-1:], *(point.received_us for point in self.newest.values())])

    @cached_property
    def newest_us(self):
        """The time of its newest point."""
        return max(point.time_us for point in self.newest.values())

    @cached_property
    def pause_us(self):
        """The usual pause between its deliveries; 0 while there was only one."""
        return usual_pause_us(self.deliveries)

    @property
    def battery(self):
        """The newest Point of battery_voltage, else of any channel with battery in its name."""
        names = sorted(name for name in self.newest if "battery" in name.lower())
        if _BATTERY in names:
            return self.newest[_BATTERY]
        return self.newest[names[0]] if names else None

    @property
    def rssi(self):
        """The newest Point of the strength of its Wi-Fi, in dBm, or None."""
        return self.newest.get(_RSSI)

    @property
    def clock_error_ms(self):
        """The newest Point of its clock's own uncertainty, in ms, or None."""
        return self.newest.get(_CLOCK_ERROR_MS)

    def account(self):
        """Return {place: readings} by its own counters at its last upload, missing ones absent.

        They are of the moment before that upload: what it then sent still counts as waiting.
        """
        found = {place: self.newest.get(HEALTH_PREFIX + place) for place in _COUNTERS}
        return {place: int(point.value) for place, point in found.items() if point}

    def state(self, now_us):
        """Return (word, detail): sampling, waiting (it is catching up) or silent.

        A node sends the oldest first, so it is behind as long as its newest point came late.
        """
        seen_us, pause_us = self.seen_us, self.pause_us
        patience_us = _SILENT_PAUSES * pause_us + _SILENT_US if pause_us else _SILENT_ALONE_US
        if now_us - seen_us > patience_us:
            return "silent", f"since {moment(seen_us, now_us)}"
        if seen_us - self.newest_us > late_after_us((), pause_us):
            return "waiting", f"{duration(seen_us - self.newest_us)} behind"
        return "sampling", ""

    def with_points(self, points):
        """Return this device with further (channel, Point) in order of arrival."""
        newest = dict(self.newest)
        deliveries = set(self.deliveries)
        for channel, point in points:
            deliveries.add(point.received_us)
            if channel not in newest or point.time_us >= newest[channel].time_us:
                newest[channel] = point
        last = tuple(sorted(deliveries)[-_DELIVERIES_MAX:])
        return replace(self, newest=newest, deliveries=last)


class Fleet:
    """All devices of a History. `refresh` may take its time; all else is quick."""

    def __init__(self, history):
        """Nothing is read before the first `refresh`."""
        self._history = history
        self._devices = {}
        self._sorted = []
        self._is_loaded = False
        self.count = 0

    def refresh(self):
        """Read what is new; return the keys (api, name) of the devices that have new points.

        Call it in one thread at a time. `count` is then the number of points stored in all.
        """
        if not self._is_loaded:
            return self._load()
        news = self._history.news()
        if len(news) == NEWS_MAX:
            # So far behind, the newest points are found faster than all of the new ones.
            return self._load()
        points = {}
        for api, device, channel, *point in news:
            points.setdefault((api, device), []).append((channel, Point(*point)))
        self.count += len(news)
        self._put({key: self._known(key).with_points(points[key]) for key in points})
        return set(points)

    def get(self, key):
        """Return the Device of (api, name), or None."""
        return self._devices.get(key)

    def devices(self):
        """Return every Device by name, numbers in a name by their size, then by API."""
        return self._sorted

    def find(self, text):
        """Return the devices in whose name, API or channels each word of a text occurs."""
        words = text.lower().split()
        return [device for device in self._sorted if _matches(device, words)]

    def _load(self):
        loaded = {}
        for key, newest in self._history.devices().items():
            device = Device(*key, newest)
            loaded[key] = replace(device, deliveries=self._deliveries(device))
        self.count = self._history.count()
        self._put(loaded)
        self._is_loaded = True
        return set(loaded)

    def _deliveries(self, device):
        """Return its last moments of delivery, from the channel that takes part in most."""
        known = self._known(device.key).deliveries
        if len(known) == _DELIVERIES_MAX:
            return known
        channel = max(device.newest, key=lambda name: (_is_health(name), device.newest[name][2]))
        latest = self._history.latest(*device.key, channel, _LATEST_COUNT)
        moments = {point.received_us for point in latest} | set(known)
        return tuple(sorted(moments)[-_DELIVERIES_MAX:])

    def _known(self, key):
        return self._devices.get(key) or Device(*key)

    def _put(self, devices):
        if not devices:
            return
        is_new = not devices.keys() <= self._devices.keys()
        self._devices = {**self._devices, **devices}
        order = sorted(self._devices, key=_natural) if is_new else map(_key, self._sorted)
        self._sorted = [self._devices[key] for key in order]


def duration(span_us):
    """Return a length of time in the two largest units that say it: "5 s", "2 h 10 min"."""
    seconds = max(0, span_us // 1_000_000)
    for unit_s, unit, part_s, part in (
        (86_400, "d", 3_600, "h"),
        (3_600, "h", 60, "min"),
        (60, "min", 1, "s"),
    ):
        if seconds >= unit_s:
            rest = seconds % unit_s // part_s
            return f"{seconds // unit_s} {unit}" + (f" {rest} {part}" if rest else "")
    return f"{seconds} s"


def moment(time_us, now_us):
    """Return a time of day in UTC, with the date if it is not of today."""
    time, now = (datetime.fromtimestamp(us // 1_000_000, UTC) for us in (time_us, now_us))
    return time.strftime("%H:%M:%S" if time.date() == now.date() else "%Y-%m-%d %H:%M")


def _matches(device, words):
    text = " ".join((device.name, device.api, *device.channels)).lower()
    return all(word in text for word in words)


def _natural(key):
    api, name = key
    parts = re.split(r"([0-9]+)", name.lower())
    return [(int(part) if i % 2 else part) for i, part in enumerate(parts)], name, api


def _key(device):
    return device.key


def _is_health(channel):
    return channel.startswith(HEALTH_PREFIX)
