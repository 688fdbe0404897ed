"""Every device as the server knows it now: its newest values, its counters, how it is doing.

Devices are not changed but replaced, so that what one thread shows another may refresh.
"""

import math
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property

from wherry_host.page.channels import HEALTH_PREFIX
from wherry_host.page.curve import late_after_us
from wherry_host.page.history import NEWS_MAX, Point
from wherry_host.page.uploads import Uploads, requests_of

# The node's own channels, as lib/wherry/health.py names them.
RSSI = "node_rssi"
CLOCK_ERROR_MS = "node_clock_error_ms"
_COUNTERS = ("sampled", "delivered", "waiting", "set_aside", "dropped")
BATTERY = "battery_voltage"

# Points of a channel that are read for its uploads when the page starts: more where they are few.
_LATEST_COUNT = 32
_LATEST_COUNT_MAX = 4_096
_BEGINS_ENOUGH = 8
_OVERDUE_INTERVALS = 2
_SILENT_INTERVALS = 3
_SILENT_US = 10_000_000
# Of a device that has uploaded only once.
_SILENT_ALONE_US = 3_600_000_000


@dataclass(frozen=True)
class Device:
    """One device; `newest` is {channel: Point}."""

    api: str
    name: str
    newest: dict = field(default_factory=dict)
    uploads: Uploads = field(default_factory=Uploads)

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
        return max(
            self.uploads.received_us, *(point.received_us for point in self.newest.values())
        )

    @cached_property
    def newest_us(self):
        """The time of its newest point."""
        return max(point.time_us for point in self.newest.values())

    @cached_property
    def interval_us(self):
        """The usual interval between its uploads; 0 while there was only one."""
        return self.uploads.interval_us()

    @property
    def battery_channel(self):
        """battery_voltage, else the first channel with battery in its name; None without any."""
        names = sorted(name for name in self.newest if "battery" in name.lower())
        return BATTERY if BATTERY in names else next(iter(names), None)

    @property
    def battery(self):
        """The newest Point of `battery_channel`, or None."""
        return self.newest.get(self.battery_channel)

    @property
    def rssi(self):
        """The newest Point of the strength of its Wi-Fi, in dBm, or None."""
        return self.newest.get(RSSI)

    @property
    def clock_error_ms(self):
        """The newest Point of its clock's own uncertainty, in ms, or None."""
        return self.newest.get(CLOCK_ERROR_MS)

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
        seen_us = self.seen_us
        if self._is_silent_for(_SILENT_INTERVALS, now_us, _SILENT_ALONE_US):
            return "silent", f"since {moment(seen_us, now_us)}"
        if seen_us - self.newest_us > late_after_us(self.interval_us):
            return "waiting", f"{duration(seen_us - self.newest_us)} behind"
        return "sampling", ""

    def is_overdue(self, now_us):
        """Tell whether it has been silent for more than two of its usual intervals and 10 s."""
        return self._is_silent_for(_OVERDUE_INTERVALS, now_us, math.inf)

    def _is_silent_for(self, intervals, now_us, alone_us):
        patience_us = intervals * self.interval_us + _SILENT_US if self.interval_us else alone_us
        return now_us - self.seen_us > patience_us

    def with_points(self, points):
        """Return this device with further (channel, Point) in order of arrival."""
        newest = dict(self.newest)
        for channel, point in points:
            if channel not in newest or point.time_us >= newest[channel].time_us:
                newest[channel] = point
        uploads = self.uploads.after(requests_of(point for _, point in points))
        return replace(self, newest=newest, uploads=uploads)


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
            loaded[key] = replace(device, uploads=self._uploads(device))
        self.count = self._history.count()
        self._put(loaded)
        self._is_loaded = True
        return set(loaded)

    def _uploads(self, device):
        """Return its last Uploads, from the channel that takes part in most."""
        channel = max(device.newest, key=lambda name: (_is_health(name), device.newest[name][2]))
        count = _LATEST_COUNT
        while True:
            latest = self._history.latest(*device.key, channel, count)
            found = Uploads().after(requests_of(latest))
            is_all = len(latest) < count or count == _LATEST_COUNT_MAX
            if is_all or len(found.begins_us) >= _BEGINS_ENOUGH:
                break
            count = min(4 * count, _LATEST_COUNT_MAX)
        # The middle of a large backlog has few beginnings; those that were known before remain.
        return max(found, self._known(device.key).uploads, key=lambda each: len(each.begins_us))

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
