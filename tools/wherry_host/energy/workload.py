"""A node's work in a day, from its configuration and its slot."""

from dataclasses import dataclass

from wherry.health_channels import CHANNELS, own_channels

DAY_S = 86_400
# Counts from a virtual board: the flash reads of the mount and the loader, the bytes of code per
# additional read, and the bytes read per byte of code.
_FIXED_READS, _READ_SIZE, _READ_RATIO = 424, 70, 5.5
_READ_S, _BYTE_S = 75e-6, 1e-7
# The shares of a slot's code that are loaded by a wake with the whole node and by a wake that
# sends.
_NODE_SHARE, _UPLOAD_SHARE = 0.34, 0.75
# The size of the code of a wake that only stores a row, with drivers, relative to its main module;
# the stage also has a coder.
_ROW_RATIOS = {"row": 1.32, "stage": 1.5}
# The sizes of a frame in the row file and of a row in it with its time, for slow weather.
_FRAME_SIZE, _ROW_SIZE, _VALUE_SIZE = 112, 1, 1.3
# The duration of a measurement, in ms; drivers that are not listed need the usual time.
_SENSOR_MS = {
    "aht20": 100, "ads1115": 9, "bh1750": 180, "bme280": 10, "bme680": 200, "dht": 2000,
    "ds18b20": 750, "ds3231": 200, "gps": 1800, "scd4x": 5000, "sht3x": 16, "sht4x": 9,
    "si7021": 114, "tmp117": 140, "battery": 1, "analog": 1, "host": 20,
}  # fmt: skip
_USUAL_SENSOR_MS = 50
# From firmware/net/scans.py.
_SCANS_S = {"wlan_scan": 2.5, "bluetooth_scan": 5.0}
_LEASE_S = 6 * 3600
# The usual uncertainty of a learned drift: it causes the next time request.
_DRIFT_PPM = 30
# The number of readings in one request: docs/protocols.
_BATCH = 200


@dataclass(frozen=True)
class Workload:
    """Times are in seconds, sizes in bytes of code; `lease_s` is infinite without DHCP."""

    sample_s: float
    send_s: float
    row_size: int
    upload_size: int
    sensing_s: float
    readings: int
    uplink_count: int
    lease_s: float = _LEASE_S
    own_readings: int = len(CHANNELS)
    #: The number of uplinks with TLS.
    tls_count: int = 1
    #: The time for which each upload listens for access points and beacons.
    scan_s: float = 0
    #: The error of the clock that causes a time request.
    error_max_ms: int = 2_000

    @property
    def uploads(self):
        """The number of uploads in a day."""
        return DAY_S / self.send_s

    @property
    def samples(self):
        """The number of wakes in a day that store a row; uploads have other wakes."""
        return DAY_S / self.sample_s

    @property
    def upload_readings(self):
        """The number of readings in an upload."""
        return self.readings * self.send_s / self.sample_s + self.own_readings

    @property
    def requests(self):
        """The number of requests in an upload, to all uplinks."""
        return self.uplink_count * max(1, self.upload_readings / _BATCH)

    @property
    def dhcp_share(self):
        """The share of uploads that use DHCP."""
        return min(1, self.send_s / self.lease_s) if self.lease_s else 1

    @property
    def sync_share(self):
        """The share of uploads that request the time."""
        return min(1, self.send_s * _DRIFT_PPM / (self.error_max_ms * 1000))


def flash_s(size):
    """Return the time for which the flash is read for a wake's code."""
    reads = _FIXED_READS + size / _READ_SIZE
    return reads * _READ_S + size * _READ_RATIO * _BYTE_S


def workload_of(typed, files, times=None):
    """Return the Workload of a checked configuration and the {path: bytes} of its slot.

    `times` are (sample_ms, send_ms), which replace those in [node].
    """
    code = {path: len(data) for path, data in files.items() if path.endswith(".mpy")}
    whole = sum(size for path, size in code.items() if not path.startswith("row_wake"))
    sample_ms, send_ms = times or (typed["node"]["sample_every_ms"], _send_ms(typed))
    readings = sum(len(section["channels"]) for section in typed["sensor"])
    row_size = node_size = _NODE_SHARE * whole
    if "calm.mpy" in code:
        durability = typed["node"]["durability"]
        row_size = _ROW_RATIOS[durability] * code["row_wake.mpy"]
        if durability == "row":
            # The whole node is loaded when a full row file is moved.
            row_size += node_size * (_ROW_SIZE + _VALUE_SIZE * readings) / _FRAME_SIZE
    uplinks = typed["uplink"]
    return Workload(
        sample_ms / 1000,
        send_ms / 1000,
        round(row_size),
        round(_UPLOAD_SHARE * whole),
        _sensing_ms(typed["sensor"]) / 1000,
        readings,
        len(uplinks),
        _lease_s(typed["wifi"][0]),
        tls_count=sum(not each.get("endpoint", "").startswith("http:") for each in uplinks),
        scan_s=max(map(_scan_s, uplinks)),
        own_readings=len(own_channels(typed)),
        error_max_ms=typed["time"]["error_max_ms"],
    )


def _lease_s(wifi):
    if "addresses" in wifi:
        return float("inf")
    return wifi.get("lease_max_ms", _LEASE_S * 1000) / 1000


def _scan_s(uplink):
    """Return the duration of an uplink's scans, which only a HERE uplink has."""
    return sum(each for key, each in _SCANS_S.items() if uplink.get(key))


def _send_ms(typed):
    """Return the shortest send period of all uplinks."""
    own = [each.get("send_every_ms") or typed["node"]["send_every_ms"] for each in typed["uplink"]]
    return min(own)


def _sensing_ms(sections):
    """Return for how many ms sensors keep the node awake; they warm up and measure in parallel."""
    warm_up_ms = max((each.get("warm_up_ms") or 0 for each in sections), default=0)
    return warm_up_ms + max(map(_measuring_ms, sections), default=0)


def _measuring_ms(section):
    once_ms = _SENSOR_MS.get(section.get("driver"), _USUAL_SENSOR_MS)
    count, _, _, pause_ms = section.get("several", (1, False, False, 0))
    return once_ms * count + pause_ms * (count - 1)
