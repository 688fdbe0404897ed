"""HERE Tracking's shadows: the state that an owner desires for a device, and the reported state.

Every change of the desired state raises `stateVersion` by one. A member that is missing in a
report keeps its last value. A position is reported by the device, or resolved from its radio scan
with a local table of access points and cells; the better position is kept.
"""

from copy import deepcopy
from math import cos, hypot, radians

# A single access point is never enough for a place: it may be a phone.
_TRANSMITTERS_MIN = 2
_TRACE_MAX = 10_000
# The length of a degree of latitude, and of longitude at the equator.
_DEGREE_M = 111_195


class Places:
    """The places of transmitters: {MAC in lower case, or (mcc, mnc, lac, cid): (lat, lng)}."""

    def __init__(self, known=None):
        self.known = known or {}

    def resolve(self, scan):
        """Return a position for an item's scan (a dict), or None if too little of it is known."""
        keys = [each["mac"].lower().replace("-", ":") for each in scan.get("wlan", ())]
        cells = [
            tuple(each[name] for name in ("mcc", "mnc", "lac", "cid"))
            for each in scan.get("gsm", ())
        ]
        found = [self.known[key] for key in (*keys, *cells) if key in self.known]
        if len(keys) + len(cells) < _TRANSMITTERS_MIN or not found:
            return None
        lat, lng = (sum(each) / len(found) for each in zip(*found, strict=True))
        is_wlan = any(key in self.known for key in keys)
        return {
            "lat": lat,
            "lng": lng,
            "accuracy": 50 if is_wlan else 1000,
            "type": "wlan" if is_wlan else "cell",
        }


class Shadow:
    """The two shadows and the trace of one device."""

    def __init__(self):
        self.desired = {"system": {"stateVersion": 0, "lastModifiedGeofenceTimestamp": 0}}
        self.reported = {}
        self.trace = []

    def desire(self, desired, now_ms):
        """Replace the desired state with the owner's; the server sets `stateVersion` itself."""
        version = self.desired["system"]["stateVersion"] + 1
        self.desired = deepcopy(desired)
        system = self.desired.setdefault("system", {})
        system.setdefault("lastModifiedGeofenceTimestamp", 0)
        system["stateVersion"] = version
        self.desired["timestamp"] = now_ms

    def report(self, item):
        """Merge an accepted item (a dict) into the reported state."""
        if item["timestamp"] < self.reported.get("timestamp", 0):
            item = {name: part for name, part in item.items() if name not in self.reported}
        _merge(self.reported, {name: part for name, part in item.items() if name != "scan"})

    def place(self, item, places):
        """Add an item to the trace, with the better of its own position and its scan's."""
        candidates = [item.get("position"), places.resolve(item.get("scan") or {})]
        candidates = [each for each in candidates if each]
        entry = {"timestamp": item["timestamp"]}
        if candidates:
            entry["position"] = min(candidates, key=lambda each: each["accuracy"])
        self.trace.append(entry)
        del self.trace[:-_TRACE_MAX]
        if candidates and entry["timestamp"] >= self.reported["timestamp"]:
            was = self.reported.get("position")
            self.reported["position"] = entry["position"]
            computed = {"moving": bool(was) and _is_apart(was, entry["position"])}
            _merge(self.reported, {"system": {"computed": computed}})

    def shown(self):
        """Return the content that the shadow's URL serves."""
        return {"desired": self.desired, "reported": self.reported}


def _is_apart(one, other):
    """Return True if two positions are farther apart than their accuracies explain."""
    north_m = (other["lat"] - one["lat"]) * _DEGREE_M
    east_m = (other["lng"] - one["lng"]) * _DEGREE_M * cos(radians(one["lat"]))
    return hypot(north_m, east_m) > one["accuracy"] + other["accuracy"]


def _merge(into, change):
    for name, value in change.items():
        if name != "payload" and isinstance(value, dict) and isinstance(into.get(name), dict):
            _merge(into[name], value)
        else:
            into[name] = deepcopy(value)
