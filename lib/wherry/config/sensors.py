"""The sensors of a configuration: their drivers and the names of their channels."""

from wherry.config.adjust import EACH
from wherry.config.alarms import ALARMS
from wherry.config.derive import DERIVED
from wherry.config.reports import REPORTS
from wherry.config.sections import part
from wherry.config.sensor_channels import complete_channels
from wherry.config.several import SEVERAL

_SENSOR = {
    "driver": ("name", ..., 40, "_"),
    "prefix": ("text", "", 0, 60),
    "name": ("text", None, 1, 60),
    "names": ("names", {}),
    "derive": ("choices", None) + tuple(sorted(DERIVED)),
    "altitude_m": ("decimal", None, -500, 9000),
    "every": ("count", None, 1, 1000),
    "power_pin": ("pin", None),
    "warm_up": ("duration", None, 1, 300000),
}
_SENSOR.update(SEVERAL)
_SENSOR.update(REPORTS)
for _key in list(EACH) + list(ALARMS):
    _SENSOR[_key] = ("each", None)
# A fast sensor's values arrive through its FIFO, many at a time, at any time.
_NOT_FAST = (
    "median", "mean", "extremes", "pause", "every", "power_pin", "derive", "scale", "offset",
    "points", "decimals", "min", "max", "alarm_above", "alarm_below", "alarm_hysteresis",
    "report_change", "report_at_once",
)  # fmt: skip


def sensor(place, given, drivers, places, errors):
    """Return the typed options of a [[sensor]] with its `channels`, or None without a driver.

    `places` maps each channel's name, and each chip's (bus, address), to the place defining it.
    """
    if ":" in str(given.get("driver")):
        # Imported here, because few nodes have a third-party driver.
        from wherry.config.adapter import adapted

        typed, channels = adapted(place, given, _SENSOR, errors)
    else:
        module, typed = part(place, "driver", given, _SENSOR, drivers, errors)
        if not module:
            return None
        channels = module.CHANNELS
    _refuse_fast(place, typed, given, errors)
    complete_channels(place, typed, channels, places, errors)
    _complete_power(place, typed, errors)
    device = (typed.get("bus"), typed.get("address"))
    if None not in device and ... not in device:
        if device in places:
            seen = "0x%x on %s, as %s" % (device[1], device[0], places[device])
            errors.append((place + ": address", seen, "give each chip its own address or bus"))
        places[device] = place
    return typed


def _refuse_fast(place, typed, given, errors):
    """Report and remove options that a fast sensor does not support."""
    for key in _NOT_FAST if "rate_hz" in typed else ():
        if key in given:
            errors.append((place + ": " + key, "on a fast sensor", "remove it"))
            typed[key] = None


def _complete_power(place, typed, errors):
    """Remove options that are None: most sensors are always powered and read at each sample."""
    if typed["warm_up_ms"] is not None and typed["power_pin"] is None:
        remedy = "give power_pin, or remove it"
        errors.append((place + ": warm_up", "without power_pin", remedy))
    for key in ("every", "power_pin", "warm_up_ms"):
        if typed[key] is None:
            del typed[key]


def complete_fast(raw, settings, errors):
    """Require ms stamps and mains for a fast sensor, which has its own rate."""
    node = raw.get("node")
    for i, section in enumerate(settings["sensor"]):
        if section and "rate_hz" in section:
            if settings["power"]["source"] == "battery":
                remedy = 'set source = "mains": its FIFO would overrun in deep sleep'
                seen = '"%s" on battery' % section["driver"]
                errors.append(("[[sensor]] %d: driver" % (i + 1), seen, remedy))
            if type(node) is dict and node.get("stamps") == "s":
                remedy = 'remove it: "%s" needs "ms"' % section["driver"]
                errors.append(("[node]: stamps", '"s"', remedy))
            settings["node"]["stamps"] = "ms"


def complete_pulses(settings, errors):
    """Report an error if RTC memory or the wake pins do not suffice for all counters."""
    on_battery = settings["power"]["source"] == "battery"
    count = 0
    for i, section in enumerate(settings["sensor"]):
        count += bool(section) and "debounce_ms" in section
        if section and "debounce_ms" in section and count > (1 if on_battery else 2):
            remedy = "remove it: %s" % (
                "one pin wakes the chip" if on_battery else "two are the most"
            )
            seen = '"%s" again' % section["driver"]
            errors.append(("[[sensor]] %d: driver" % (i + 1), seen, remedy))
