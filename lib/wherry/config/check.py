"""Checks a node's configuration: converts a dictionary to typed settings, or reports all errors.

The host passes the parsed TOML file; the board gets only the settings. Sections keep their names,
the key of a duration gains `_ms`, and an omitted option gets its default. The options of a sensor
driver or an uplink kind are in its own file, which is found by name (`OPTIONS`; see values.py).
"""

from wherry import health_channels
from wherry.config import cadence, charge, messages, windows
from wherry.config.alarms import complete_alarms
from wherry.config.reports import REPORT_EVERY_OPTION, complete_reports
from wherry.config.sections import entries, table
from wherry.config.sensors import complete_fast, complete_pulses, sensor
from wherry.config.several import complete_pauses
from wherry.config.uplinks import name_uplinks, select, uplink
from wherry.config.wifi import network
from wherry.reading import ROW_CHANNELS_MAX
from wherry.text import cut
from wherry.time.clock import S_SPACING_MS_MIN

_ERRORS_MAX = 50
_SEND_EVERY_MS = 600000
_MS_STAMPS_BELOW_MS = 10000
_HOST_NAME_SIZE_MAX = 32

_TABLES = {
    "node": {
        "name": ("text", None, 1, 100),
        # The board's file on the host; the device gets its content.
        "board": ("text", None, 1, 200),
        "sample_every": ("duration", 600000, 100, 86400000),
        "send_every": ("duration", None, 100, 604800000),
        "stamps": ("choice", None, "s", "ms"),
        "queue_coding": ("choice", "varint", "varint", "rice"),
        "queue_size_max": ("size", None, 16384, 67108864),
        "durability": ("choice", "row", "row", "stage"),
        "stage_age_max": ("duration", 21600000, 1000, 604800000),
        "report_every": REPORT_EVERY_OPTION,
    },
    "power": {
        "source": ("choice", "mains", "mains", "battery"),
        # 0 means that the battery's voltage is not watched, None means the board's value.
        "empty_mv": ("int", None, 0, 20000),
        "cadence": cadence.OPTION,
        "chemistry": cadence.CHEMISTRY_OPTION,
        "curve": cadence.OPTION,
        "windows": windows.OPTION,
        "utc_offset_min": windows.OFFSET_OPTION,
        "capacity_mah": charge.CAPACITY_OPTION,
    },
    "time": {
        "sntp": ("hosts", ["pool.ntp.org", "time.cloudflare.com"]),
        "http_date": ("bool", True),
        "error_max": ("duration", 2000, 100, 300000),
        "undated": ("choice", "estimate", "estimate", "hold", "drop"),
        "ds3231": ("bus", None),
    },
    "alert": {"url": ("url", None), "ca": ("files", ["auto"])},
}
# The most bits that a mask may have in a Rice frame.
_CHANNELS_MAX = 64
_COUNTS_MAX = {"wifi": 8, "uplink": 4, "sensor": 32}


class ConfigError(ValueError):
    """All errors of one configuration: `errors` has (place, seen, remedy); str() lists them."""

    def __init__(self, errors):
        lines = ["%s: %s; %s" % error for error in errors[:_ERRORS_MAX]]
        if len(errors) > _ERRORS_MAX:
            lines.append("and %d more" % (len(errors) - _ERRORS_MAX))
        super().__init__("\n".join(lines))
        self.errors = errors


def check(raw: dict, name: str = "esp32-000000", drivers=(), kinds=()) -> dict:
    """Return the typed settings, or raise ConfigError with every error of the configuration.

    `name` is the node's default name; `drivers` and `kinds` are the names to suggest for an
    unknown sensor driver or uplink kind.
    """
    errors = []
    if type(raw) is not dict:
        raise ConfigError([("the file", messages.shape(raw), "give sections such as [node]")])
    known = list(_TABLES) + list(_COUNTS_MAX)
    # JSON on MicroPython accepts keys that are not strings.
    for section in sorted(map(str, raw)):
        if section not in known:
            errors.append(messages.unknown_section(section, raw.get(section), known))
    own = health_channels.CHANNELS + health_channels.CHARGE_CHANNELS
    places = {channel[0]: "the node's own channel" for channel in own}
    settings: dict = {
        section: table(raw, section, _TABLES[section], errors) for section in _TABLES
    }
    _complete_node(settings["node"], name, errors)
    cadence.complete(settings, errors)
    windows.complete(settings, errors)
    charge.complete(settings, errors)
    settings["alert"] = _alert(settings["alert"], errors)
    settings["wifi"] = [
        network(place, given, errors) for place, given in _entries(raw, "wifi", errors)
    ]
    settings["uplink"] = [
        uplink(place, given, kinds, errors) for place, given in _entries(raw, "uplink", errors)
    ]
    settings["sensor"] = [
        sensor(place, given, drivers, places, errors)
        for place, given in _entries(raw, "sensor", errors)
    ]
    complete_fast(raw, settings, errors)
    complete_pulses(settings, errors)
    complete_pauses(settings, errors)
    complete_alarms(settings, errors)
    complete_reports(settings, errors)
    name_uplinks(settings["uplink"], errors)
    # The channels of an invalid sensor are not known.
    if None not in settings["sensor"]:
        _complete_uplinks(settings, errors)
    if errors:
        raise ConfigError(errors)
    return settings


def _complete_uplinks(settings, errors):
    """Select each uplink's channels; a lone uplink's send_every becomes the node's."""
    uplinks, node = settings["uplink"], settings["node"]
    channels = [each for section in settings["sensor"] for each in section["channels"]]
    _check_count(settings["sensor"], errors)
    if settings["power"]["cadence"]:
        cadence.check_uplinks(uplinks, errors)
    channels += health_channels.own_channels(settings)
    select(uplinks, channels, node["sample_every_ms"], errors)
    undated = settings["time"]["undated"]
    for each in uplinks:
        if each and undated in ("hold", "drop"):
            each["undated"] = undated
    if len(uplinks) == 1 and uplinks[0]:
        own_ms = uplinks[0].pop("send_every_ms", None)
        node["send_every_ms"] = own_ms or node["send_every_ms"]


def _entries(raw, section, errors):
    return entries(raw, section, _COUNTS_MAX[section], errors)


def _check_count(sensors, errors):
    counts = [len(section["channels"]) for section in sensors]
    if sum(counts) > _CHANNELS_MAX:
        remedy = "keep at most %d" % _CHANNELS_MAX
        errors.append(("[[sensor]]", "%d channels in all" % sum(counts), remedy))
    if any(count > ROW_CHANNELS_MAX for count in counts):
        remedy = "give it at most %d" % ROW_CHANNELS_MAX
        errors.append(("[[sensor]]", "a sensor of %d channels" % max(counts), remedy))


def _alert(alert, errors):
    """Return the section, or None without an alert address."""
    url = alert["url"]
    if type(url) is str and not url.startswith("https://"):
        remedy = "give an address that begins with https://"
        errors.append(("[alert]: url", messages.shown("url", url), remedy))
    return alert if url else None


def _complete_node(node, name, errors):
    if node["name"] is None:
        node["name"] = name
    if type(node["name"]) is str:
        # The name for the access point: network.hostname() raises ValueError for a longer one.
        node["host_name"] = cut(node["name"], _HOST_NAME_SIZE_MAX)
    if node["durability"] == "row":
        node["stage_age_max_ms"] = 0
    sample_ms = node["sample_every_ms"]
    if sample_ms is ... or node["send_every_ms"] is ...:
        return
    if node["send_every_ms"] is None:
        node["send_every_ms"] = max(_SEND_EVERY_MS, sample_ms)
    if node["send_every_ms"] < sample_ms:
        text = messages.amount_text
        remedy = "give at least sample_every, which is " + text(sample_ms)
        errors.append(("[node]: send_every", text(node["send_every_ms"]), remedy))
    if node["stamps"] == "s" and sample_ms < S_SPACING_MS_MIN:
        remedy = 'remove it: samples less than 2 s apart need "ms"'
        errors.append(("[node]: stamps", '"s"', remedy))
    if node["stamps"] is None:
        node["stamps"] = "ms" if sample_ms < _MS_STAMPS_BELOW_MS else "s"
