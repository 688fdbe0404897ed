"""Every device as the server knows it: its newest values, its counters and its uploads.

Devices are replaced, never modified, so one thread can show them while another refreshes.
"""

from dataclasses import dataclass, field, replace
from functools import cached_property

from wherry_host.page.channels import HEALTH_PREFIX
from wherry_host.page.history import NEWS_MAX, Point
from wherry_host.page.uploads import Uploads, requests_of

# The node's own channels, as lib/wherry/health.py names them.
RSSI = "node_rssi"
CLOCK_ERROR_MS = "node_clock_error_ms"
WAITING = "node_waiting"
_COUNTERS = ("sampled", "delivered", "waiting", "set_aside", "thinned", "dropped")
BATTERY = "battery_voltage"

# The number of a channel's points that are read at first to find the uploads; more are read if
# these points have few uploads.
_LATEST_COUNT = 32
_LATEST_COUNT_MAX = 4_096
_BEGINS_ENOUGH = 8


@dataclass(frozen=True)
class Device:
    """One device; `newest` is {channel: Point}."""

    api: str
    name: str
    newest: dict = field(default_factory=dict)
    uploads: Uploads = field(default_factory=Uploads)

    @property
    def key(self):
        """The key of the device: (api, name)."""
        return self.api, self.name

    @cached_property
    def channels(self):
        """The sorted names of the channels that it measures, without its health channels."""
        return sorted(name for name in self.newest if not name.startswith(HEALTH_PREFIX))

    @cached_property
    def seen_us(self):
        """The time at which the server last received one of its points, even an old one."""
        return max(
            self.uploads.received_us, *(point.received_us for point in self.newest.values())
        )

    @cached_property
    def newest_us(self):
        """The time of its newest point."""
        return max(point.time_us for point in self.newest.values())

    @cached_property
    def interval_us(self):
        """The usual interval between its uploads; 0 if there was only one."""
        return self.uploads.interval_us()

    @property
    def battery_channel(self):
        """battery_voltage, or the first channel with "battery" in its name, or None."""
        names = sorted(name for name in self.newest if "battery" in name.lower())
        return BATTERY if BATTERY in names else next(iter(names), None)

    @property
    def battery(self):
        """The newest Point of `battery_channel`, or None."""
        return self.newest.get(self.battery_channel)

    @property
    def rssi(self):
        """The newest Point of its Wi-Fi signal strength, in dBm, or None."""
        return self.newest.get(RSSI)

    @property
    def clock_error_ms(self):
        """The newest Point of its clock's uncertainty, in ms, or None."""
        return self.newest.get(CLOCK_ERROR_MS)

    def account(self):
        """Return {place: readings} from its own counters at its last upload; some may be missing.

        The counters are from before that upload, so the readings that it sent still count as
        waiting.
        """
        found = {place: self.newest.get(HEALTH_PREFIX + place) for place in _COUNTERS}
        return {place: int(point.value) for place, point in found.items() if point}

    def with_points(self, points):
        """Return this device with more (channel, Point) pairs, which are in order of arrival."""
        newest = dict(self.newest)
        for channel, point in points:
            if channel not in newest or point.time_us >= newest[channel].time_us:
                newest[channel] = point
        uploads = self.uploads.after(requests_of(point for _, point in points))
        return replace(self, newest=newest, uploads=uploads)


class Fleet:
    """All devices of a History, as the last `refresh` found them."""

    def __init__(self, history):
        """Create a Fleet; nothing is read before the first `refresh`."""
        self._history = history
        #: {(api, name): Device}; replaced by another dict at each change.
        self.devices = {}
        self._is_loaded = False
        self.count = 0

    def refresh(self):
        """Read new points; return the keys (api, name) of the devices that have new points.

        Call it in one thread at a time. It sets `count` to the number of all points stored.
        """
        if not self._is_loaded:
            return self._load()
        news = self._history.news()
        if len(news) == NEWS_MAX:
            # This far behind, reading only the newest points is faster than reading all new
            # points.
            return self._load()
        points = {}
        for api, device, channel, *point in news:
            points.setdefault((api, device), []).append((channel, Point(*point)))
        self.count += len(news)
        self._put({key: self._known(key).with_points(points[key]) for key in points})
        return set(points)

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
        """Return the last Uploads of a device, from the channel that is in most of them."""
        channel = max(device.newest, key=lambda name: (_is_health(name), device.newest[name][2]))
        count = _LATEST_COUNT
        while True:
            latest = self._history.latest(*device.key, channel, count)
            found = Uploads().after(requests_of(latest))
            is_all = len(latest) < count or count == _LATEST_COUNT_MAX
            if is_all or len(found.begins_us) >= _BEGINS_ENOUGH:
                break
            count = min(4 * count, _LATEST_COUNT_MAX)
        # Few uploads begin in the middle of a large backlog, so the uploads known before are kept.
        return max(found, self._known(device.key).uploads, key=lambda each: len(each.begins_us))

    def _known(self, key):
        return self.devices.get(key) or Device(*key)

    def _put(self, devices):
        self.devices = {**self.devices, **devices}


def duration(span_us):
    """Return a duration in its two largest units, such as "5 s" or "2 h 10 min"."""
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


def _is_health(channel):
    return channel.startswith(HEALTH_PREFIX)
