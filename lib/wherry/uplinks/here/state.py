"""The last item of a request to HERE: the newest state, a scan, and the sender. Loaded on demand.

Sensors that HERE knows by name are members of `system.reportedSensorData`. The option `reported`
maps them to channels; without it, the names and units below do. Values older than `state_age_max`
or outside HERE's bounds are left out: a member out of bounds fails the whole batch.
"""

import json
import sys

from micropython import const

from wherry import VERSION
from wherry.uplinks.here.numbers import latitude_of, number, whole

# The largest size of a scan as JSON: two dozen access points.
_SCAN_SIZE_MAX = const(2_000)
# The members of reportedSensorData: their bounds, and "int" for a whole number; () for a boolean.
MEMBERS = {
    "temperatureC": (-70, 100),
    "relativeHumidity": (0, 100),
    "pressureHpa": (300, 1500),
    "batteryLevel": (0, 100, "int"),
    "batteryIsCharging": (),
    "accelerationG": (-100, 100),
    "tiltDegree": (-360, 360),
    "deviceIsAttached": (),
    "deviceIsStationary": (),
    "deviceIsTampered": (),
}
_FOUND_BY = (
    ("temperatureC", "°C", ("temperature", "air_temperature")),
    ("relativeHumidity", "%", ("humidity", "air_humidity", "relative_humidity")),
    ("pressureHpa", "hPa", ("pressure", "air_pressure")),
    ("batteryLevel", "%", ("battery_level", "battery")),
)


def last_item(settings: dict, session, batch, stamp: bytes, now_s: int) -> bytes:
    """Return the item with the newest state of a batch, and the bracket that ends the array.

    The batch is at its first row; `stamp` is the item's Unix ms. Takes the scan.
    """
    channels = batch.channels
    newest = Newest(settings, channels)
    while batch.channels is channels:
        newest.see(batch)
        batch.take(batch.mask)
        if not batch.next():
            break
    return newest.item(session, stamp, now_s)


class Newest:
    """The newest value of each reported channel, and the newest position; `see` rows in order."""

    def __init__(self, settings, channels):
        self._settings = settings
        self._channels = channels
        self._position = None
        latitude = latitude_of(channels)
        if latitude is not None:
            from wherry.uplinks.here.position import Position

            self._position = Position(channels, latitude)
        self._reported = {}
        for i, (name, unit, _) in enumerate(channels):
            member = _member(settings["reported"], name, unit)
            if member:
                self._reported[i] = member
        # {member: (text, s)}; a later channel replaces an earlier one.
        self._members = {}
        self._place = b""
        self._place_s = 0

    def see(self, batch) -> None:
        """Note the values of the current row."""
        for i in self._reported:
            if batch.mask >> i & 1:
                member = self._reported[i]
                text = _text(member, batch.values[i], self._channels[i][2])
                if text:
                    self._members[member] = text, batch.s
        position = self._position
        place = position and position.text(batch.mask, batch.values, batch.s, batch.ms)
        if place:
            self._place = place
            self._place_s = batch.s

    def item(self, session, stamp, now_s: int) -> bytes:
        """Return the item for the state at `now_s`."""
        oldest_s = now_s - self._settings["state_age_max_ms"] // 1000
        parts = [b'{"timestamp":', stamp, b',"system":{"client":', _client(self._settings)]
        if session.state_version >= 0:
            parts += (b',"stateVersion":', b"%d" % session.state_version)
        members = [
            b'"' + member.encode() + b'":' + text
            for member, (text, s) in self._members.items() if s >= oldest_s
        ]  # fmt: skip
        if members:
            parts += (b',"reportedSensorData":{', b",".join(members), b"}")
        parts.append(b"}")
        if self._place and self._place_s >= oldest_s:
            parts += (b',"position":', self._place)
        scan, session.scan = _scan_text(session.scan), None
        session.had_scan = bool(scan)
        if scan:
            parts += (b',"scan":', scan)
        result = session.shadow_result
        session.had_result = bool(result)
        if result:
            parts += (b',"payload":', json.dumps({"shadow_result": result}).encode())
        parts.append(b"}]")
        return b"".join(parts)


def _member(reported, name, unit):
    """Return the member of reportedSensorData for a channel, or None."""
    if reported:
        for member in reported:
            if reported[member] == name:
                return member
        return None
    for member, its_unit, names in _FOUND_BY:
        if unit == its_unit and name in names:
            return member
    return None


def _text(member, value, decimals):
    """Return a value in HERE's format for the member, or None if it is out of bounds."""
    bounds = MEMBERS[member]
    if not bounds:
        return b"true" if value else b"false"
    low, high = bounds[:2]
    if not low * 10**decimals <= value <= high * 10**decimals:
        return None
    if len(bounds) > 2:
        return b"%d" % whole(value, decimals)
    return bytes(number(value, decimals))


def _client(settings):
    implementation = sys.implementation
    # MicroPython's name of the board, such as "Generic ESP32 module with ESP32".
    model = getattr(implementation, "_machine", sys.platform)
    version = ".".join([str(part) for part in implementation.version[:3]])
    client = {
        "manufacturer": "wherry",
        "model": model[:50],
        "firmware": "wherry " + VERSION,
        "platform": "%s %s" % (implementation.name, version),
        "version": VERSION,
    }
    if 3 <= len(settings["name"]) <= 50:
        client["name"] = settings["name"]
    return json.dumps(client).encode()


def _scan_text(scan):
    """Return a scan as JSON, with its longest list shortened until it is small enough."""
    text = json.dumps(scan).encode() if scan else b""
    while len(text) > _SCAN_SIZE_MAX:
        longest = max(scan, key=lambda kind: len(scan[kind]))
        if len(scan[longest]) < 2:
            return b""
        scan[longest].pop()
        text = json.dumps(scan).encode()
    return text
