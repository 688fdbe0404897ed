"""The sensors of a configuration: what drivers they name, and what their channels are called."""

from wherry import text
from wherry.config import messages
from wherry.config.sections import options, part

_SENSOR = {
    "driver": ("name", ..., 40, "_"),
    "prefix": ("text", "", 0, 60),
    "names": ("names", {}),
}
# In bytes of UTF-8: a name is in one frame with a unit, or with a reading and its refusal.
_CHANNEL_SIZE_MAX = 100


def sensor(place, given, drivers, places, errors):
    """Return the typed options of a [[sensor]] with its `channels`, None without a driver.

    `places` maps each channel's name, and each chip's (bus, address), to the place that gives it.
    """
    module, typed = part(place, "driver", given, _SENSOR, drivers, errors)
    if not module:
        return None
    prefix = typed.pop("prefix")
    names = typed.pop("names")
    known = {channel[0]: ("text", None, 1, _CHANNEL_SIZE_MAX) for channel in module.CHANNELS}
    names = options(place + ": names", {} if names is ... else names, known, errors)
    typed["channels"] = []
    for name, unit, decimals in module.CHANNELS:
        if prefix is not ... and names[name] is not ...:
            channel = prefix + (names[name] or name)
            typed["channels"].append((channel, unit, decimals))
            _check_channel(place + ": " + name, channel, places, errors)
    device = (typed.get("bus"), typed.get("address"))
    if None not in device and ... not in device:
        if device in places:
            seen = "0x%x on %s, as %s" % (device[1], device[0], places[device])
            errors.append((place + ": address", seen, "give each chip its own address or bus"))
        places[device] = place
    return typed


def settle_fast(raw, settings, errors):
    """A fast sensor, which has a rate of its own, needs stamps in ms and a node that is awake."""
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


def _check_channel(place, channel, places, errors):
    """A channel's name is what the server files its readings under: one of a kind in a node."""
    size = text.size(channel)
    if channel in places:
        seen = 'named "%s", as %s' % (messages.one_line(channel), places[channel])
        errors.append((place, seen, 'add prefix = "..." to a sensor, or rename it in names'))
    elif size > _CHANNEL_SIZE_MAX:
        remedy = "shorten prefix or name to %d bytes in all" % _CHANNEL_SIZE_MAX
        errors.append((place, "a name of %d bytes" % size, remedy))
    places[channel] = place
