"""The option `cadence` of [power]: converts its text to the levels that power/cadence.py uses.

Voltages are in mV, without load. Those of lithium cells are derived from the limits of boards with
a linear regulator; those of other chemistries are estimates.
"""

from wherry.config import messages
from wherry.config.values import typed

# {chemistry: (falling, rising) of usb, high, normal, low}; critical is below low. Without a
# charger, a cell does not reach the voltage of `usb`.
_NAMES = ("usb", "high", "normal", "low", "critical")
_CURVES = {
    "li-ion": ((4080, 4150), (3750, 3850), (3550, 3650), (3400, 3500)),
    "lifepo4": ((3400, 3450), (3250, 3300), (3150, 3220), (3000, 3100)),
    "2xAA": (None, (2600, 2700), (2300, 2400), (2000, 2100)),
    "3xAA": (None, (3900, 4050), (3450, 3600), (3000, 3150)),
}
OPTION = ("text", None, 1, 200)
CHEMISTRY_OPTION = ("choice", "li-ion") + tuple(sorted(_CURVES))
_SEND = ("duration", None, 10000, 604800000)
_SAMPLE_MS_MAX = 86400000
_MV_MAX = 20000
_AUTO = "high:%d s/%d s; normal:%d s/%d s; low:%d s/%d s; critical:off"
# Tenths of sample_every and send_every.
_AUTO_TENTHS = (10, 10, 15, 30, 60, 120)
_EXAMPLE = 'write it as "high:10min/1h; normal:15min/3h; low:1h/12h; critical:off"'
_CURVE_EXAMPLE = 'write it as "high:3750/3850; normal:3550/3650; low:3400/3500": falling/rising'


def complete(settings: dict, errors: list) -> None:
    """Set [power] `cadence` to the list of levels or None, and `off_mv` if critical is off."""
    power, node = settings["power"], settings["node"]
    given, curve = power["cadence"], power.pop("curve")
    chemistry = power["chemistry"]
    power["cadence"] = power["off_mv"] = None
    if given is None and curve is None:
        return
    if ... in (given, curve, chemistry, power["source"]):
        return

    try:
        if given is None:
            raise CadenceError("curve", curve, "give a cadence, or remove this key")
        require_battery(power, "cadence", given)
        limits = _limits(chemistry, curve)
        times = _times(_automatic(node) if given == "auto" else given)
        power["cadence"], power["off_mv"] = _levels(times, limits, given, chemistry)
        if power["off_mv"] and power["empty_mv"] == 0:
            raise CadenceError("empty_mv", "0", "remove it: critical:off needs the voltage")
    except CadenceError as error:
        errors.append(error.line())


def check_uplinks(uplinks: list, errors: list) -> None:
    """Report each uplink with its own `send_every`: the cadence sets when to send."""
    for i, uplink in enumerate(uplinks):
        if uplink and uplink.get("send_every_ms"):
            seen = messages.amount_text(uplink["send_every_ms"])
            remedy = "remove it: [power] cadence says when to send"
            errors.append(("[[uplink]] %d: send_every" % (i + 1), seen, remedy))


class CadenceError(ValueError):
    """An error of [power]: (key, seen, remedy)."""

    def line(self) -> tuple:
        """Return the (place, seen, remedy) of an error."""
        key, seen, remedy = self.args
        return "[power]: " + key, messages.shown(key, seen), remedy


def require_battery(power: dict, key: str, given) -> None:
    """Raise CadenceError for a key that requires a battery, if the node is on mains."""
    if power["source"] != "battery":
        raise CadenceError(key, given, 'give source = "battery", or remove this key')


def _automatic(node):
    """Return the text of a cadence that starts with the times of [node]."""
    times = node["sample_every_ms"], node["send_every_ms"]
    if ... in times:
        raise CadenceError("cadence", "auto", "correct sample_every and send_every first")
    most_s = (_SAMPLE_MS_MAX // 1000, _SEND[3] // 1000)
    seconds = [
        min(max(10, times[i % 2] * tenths // 10000), most_s[i % 2])
        for i, tenths in enumerate(_AUTO_TENTHS)
    ]
    return _AUTO % tuple(seconds)


def _parts(key, text, example):
    """Return [(level, text after its colon)] from `text`, in the order of the levels."""
    found = {}
    for part in text.split(";"):
        pieces = [each.strip(" ") for each in part.split(":")]
        if len(pieces) != 2 or pieces[0] not in _NAMES or pieces[0] in found:
            raise CadenceError(key, part.strip(" ") or text, example)
        found[pieces[0]] = pieces[1]
    return [(name, found[name]) for name in _NAMES if name in found]


def _times(text):
    """Return [(level, (sample_ms, send_ms) or None if off)] from the text of a cadence."""
    return [
        (name, None if value == "off" else pair("cadence", name + ":" + value, value))
        for name, value in _parts("cadence", text, _EXAMPLE)
    ]


def pair(key: str, seen: str, text: str) -> tuple:
    """Return (sample_ms, send_ms) for a string such as "10min/1h" or "1h"; raises CadenceError."""
    found = [typed(_SEND, each.strip(" ")) or 0 for each in text.split("/")]
    sample_ms, send_ms = found[0], found[-1]
    if 0 in found or len(found) > 2 or sample_ms > _SAMPLE_MS_MAX:
        raise CadenceError(key, seen, "give two times from 10 s on, such as 10min/1h")
    if send_ms < sample_ms:
        raise CadenceError(key, seen, "give a longer or equal time after the /")
    return sample_ms, send_ms


def _limits(chemistry, curve):
    """Return {level: (falling_mv, rising_mv)}; `curve` has priority over the chemistry."""
    limits = {name: _CURVES[chemistry][i] for i, name in enumerate(_NAMES[:4])}
    for name, value in _parts("curve", curve, _CURVE_EXAMPLE) if curve else ():
        numbers = [each.strip(" ") for each in value.split("/")]
        is_right = len(numbers) == 2 and all(_is_mv(each) for each in numbers)
        if not is_right or name == "critical" or int(numbers[0]) > int(numbers[1]):
            raise CadenceError("curve", "%s:%s" % (name, value), _CURVE_EXAMPLE)
        limits[name] = int(numbers[0]), int(numbers[1])
    return limits


def _is_mv(text):
    return 0 < len(text) < 6 and all("0" <= c <= "9" for c in text) and int(text) <= _MV_MAX


def _levels(times, limits, given, chemistry):
    """Return (list of levels, voltage below which the node is off, or None)."""
    levels, off_mv, above = [], None, None
    for name, pair in times:
        if pair is None:
            if name != "critical":
                raise CadenceError("cadence", name + ":off", "only critical can be off")
            off_mv = _limit("low", limits, given, chemistry)[0]
            continue
        last = name == "critical"
        falling_mv, rising_mv = (0, 0) if last else _limit(name, limits, given, chemistry)
        if above and (falling_mv >= above[0] or rising_mv > above[1]):
            seen = "%s:%d/%d" % (name, falling_mv, rising_mv)
            raise CadenceError("curve", seen, "give lower levels lower voltages")
        above = falling_mv, rising_mv
        levels.append([falling_mv, rising_mv] + list(pair) + [name])
    if not levels:
        raise CadenceError("cadence", given, _EXAMPLE)
    return levels, off_mv


def _limit(name, limits, given, chemistry):
    if not limits[name]:
        remedy = "%s is not charged: remove usb, or give its voltages in `curve`" % chemistry
        raise CadenceError("cadence", given, remedy)
    return limits[name]
