"""A section with a third-party driver, `driver = "module:Class"`: how to create and read it."""

from wherry.config import messages
from wherry.config.adjust import EACH, by_channel
from wherry.config.expression import parsed
from wherry.config.sections import options
from wherry.config.values import PIN_MAX
from wherry.reading import ROW_CHANNELS_MAX
from wherry.text import is_text

OPTIONS = {
    "driver": ("text", ..., 3, 100),
    "source": ("text", ..., 1, 200),
    "bus": ("bus", "i2c0"),
    "address": ("int", None, 0x08, 0x77),
    "pin": ("pin", None),
    "arguments": ("each", None),
    "channels": ("names", ...),
    "start": ("text", None, 1, 100),
    "ready_ms": ("count", 0, 0, 60000),
    "block_ms_max": ("count", 250, 1, 60000),
}
_DECIMALS = 2
_NAME_SIZE_MAX = 60
# The kinds of ports in a string such as "pin 4"; "bus" is the section's I2C bus.
_PORTS = ("pin", "onewire")


def adapted(place, given, common, errors):
    """Return (typed options, ((name, unit, decimals), ...)) of a section's table.

    `common` has the options of every section. The typed options include `arguments`
    [[positional, ...], {keyword: ...}], in which ["i2c", bus], ["pin", number] and
    ["onewire", number] are ports; `calls`, the expressions to evaluate; `reads`, for each channel
    [place in `calls`, [index, ...], decimals]; `start`, an expression or None.
    """
    known = dict(common)
    known.update(OPTIONS)
    typed = options(place, given, known, errors)
    _check_driver(place, typed["driver"], errors)
    _check_source(place, typed["source"], errors)
    typed["arguments"] = _arguments(place, typed, errors)
    typed["start"] = _start(place, typed["start"], errors)
    channels, typed["calls"], typed["reads"] = _channels(place, typed, errors)
    if typed["address"] is None:
        del typed["address"]
    return typed, channels


def _check_driver(place, driver, errors):
    """Check that a driver names a module, possibly in packages, and a class in it."""
    if driver is ...:
        return
    module, _, made = driver.partition(":")
    names = module.split(".") + [made]
    if not all(parsed(name) == [name] for name in names):
        remedy = 'give "module:Class", such as "micropython_si7021.si7021:SI7021"'
        errors.append((place + ": driver", messages.shown("text", driver), remedy))


def _check_source(place, source, errors):
    if source is ... or source == "frozen":
        return
    kind, _, rest = source.partition(":")
    name, _, version = rest.partition("==")
    if (kind == "path" and rest) or (kind == "pypi" and name.strip(" ") and version.strip(" ")):
        return
    remedy = 'give "pypi:name==version", "path:file.py", or "frozen"'
    errors.append((place + ": source", messages.shown("text", source), remedy))


def _arguments(place, typed, errors):
    """Return the class's arguments, [[positional, ...], {keyword: ...}]."""
    bus, address, pin = typed["bus"], typed["address"], typed.pop("pin")
    given = typed["arguments"]
    if given is None and pin is None:
        return [[["i2c", bus]] + ([] if address is None else [address]), {}]
    if given is None:
        del typed["bus"]
        return [[["pin", pin]], {}]
    if type(given) not in (list, dict):
        seen = messages.shown("text", given)
        errors.append((place + ": arguments", seen, "give a list, or a table of keywords"))
        return [[], {}]
    if pin is not None:
        errors.append((place + ": pin", "with arguments", 'write "pin %s" there' % pin))
    if "bus" not in (given if type(given) is list else given.values()):
        del typed["bus"]
    if type(given) is list:
        return [[_port(place, each, bus, errors) for each in given], {}]
    return [[], {str(key): _port(place, given[key], bus, errors) for key in given}]


def _port(place, value, bus, errors):
    """Return [kind, value] for a port, and any other argument unchanged."""
    if value == "bus":
        return ["i2c", bus]
    kind, blank, number = value.partition(" ") if type(value) is str else ("", "", "")
    is_number = 0 < len(number) <= 2 and all("0" <= c <= "9" for c in number)
    if kind in _PORTS and is_number and int(number) <= PIN_MAX:
        return [kind, int(number)]
    is_port = kind in _PORTS and blank
    if is_port or (type(value) not in (int, bool) and not is_text(value, 0, 100)):
        remedy = 'give whole numbers, true, false, texts, "bus", or a pin such as "pin 4"'
        errors.append((place + ": arguments", messages.shown("text", value), remedy))
    return value


def _start(place, text, errors):
    """Return the expression that starts a measurement; a bare name means a call."""
    if text in (None, ...):
        return None
    found = parsed(text)
    if not found:
        errors.append(_no_expression(place + ": start", text))
        return None
    return found if len(found) > 1 else found + [[]]


def _channels(place, typed, errors):
    """Return ((name, unit, decimals), ...), the calls and the reads of `channels`."""
    given, unit, decimals = [typed.pop(key) for key in ("channels", "unit", "decimals")]
    typed["unit"] = typed["decimals"] = None
    names = [] if given is ... else sorted(map(str, given))
    if given is not ... and not 1 <= len(names) <= ROW_CHANNELS_MAX:
        remedy = 'give 1 to %d, such as { temperature = "temperature" }' % ROW_CHANNELS_MAX
        errors.append((place + ": channels", "%d channels" % len(names), remedy))
        names = []
    calls, reads, channels = [], [], []
    bare = [(name,) for name in names]
    units = by_channel(place, "unit", unit, EACH["unit"], bare, errors) if names else {}
    scales = (
        by_channel(place, "decimals", decimals, EACH["decimals"], bare, errors) if names else {}
    )
    for name in names:
        expression = _expression(place, name, given[name], errors)
        end = len(expression)
        while type(expression[end - 1]) is int:
            end -= 1
        if expression[:end] not in calls:
            calls.append(expression[:end])
        shown = _DECIMALS if scales[name] in (None, ...) else scales[name]
        reads.append([calls.index(expression[:end]), expression[end:], shown])
        channels.append((name, "" if units[name] in (None, ...) else units[name], shown))
    return tuple(channels), calls, reads


def _expression(place, name, text, errors):
    if not is_text(name, 1, _NAME_SIZE_MAX):
        remedy = "give a name of 1 to %d bytes" % _NAME_SIZE_MAX
        errors.append((place + ": channels", messages.shown("text", name), remedy))
    found = parsed(text)
    if not found:
        errors.append(_no_expression(place + ": channels: " + messages.one_line(name), text))
    return found or [name]


def _no_expression(where, text):
    remedy = 'give an attribute or a call, such as "temperature", "read()" or "values[0]"'
    return where, messages.shown("text", text), remedy
