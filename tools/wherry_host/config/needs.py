"""Compare a configuration's needs (buses, scans and pins) with its board.

A driver's options show which of its keys are pins. The use of such a pin is in _USES, because the
device does not need it. Errors and doubts are (place, seen, remedy).
"""

from typing import NamedTuple, TypeGuard

from wherry.config.messages import one_line

from wherry_host.config import boards, chips, drivers
from wherry_host.config.supply import of_divider, supply_doubts, supply_errors

# (driver, key): the use of the pin. Pins of drivers without an entry are outputs.
_USES = {
    ("analog", "pin"): chips.ADC,
    ("hcsr04", "echo"): chips.INPUT,
    ("pulse", "pin"): chips.WAKE,
    ("contact", "pin"): chips.WAKE,
}
# Several sensors may share a 1-Wire bus, or a pin that powers them.
_ONEWIRE, _POWER = "onewire", "power_pin"
_SHARED = {("ds18b20", "pin"): _ONEWIRE}
_CLOCK_ADDRESS = 0x68
_BUS_KEYS = ("scl", "sda", "tx", "rx")


class _Pin(NamedTuple):
    """A pin that a sensor uses; pins with equal `shared` may be the same pin."""

    place: str
    number: int
    use: str
    shared: str | None = None


def lacking(typed, board_name):
    """Return an error for each need of a configuration that the board lacks.

    A configuration with errors may be untyped; malformed parts are skipped.
    """
    board = boards.load(board_name)
    errors = []
    for place, sensor in entries(typed, "sensor"):
        errors += _bus_errors(place, sensor, board, board_name)
    clock = typed.get("time")
    if isinstance(clock, dict):
        errors += _clock_errors(typed, clock, board, board_name)
    for place, uplink in entries(typed, "uplink"):
        errors += _scan_errors(place, uplink, board, board_name)
    errors += supply_errors(typed, board, board_name)
    return errors + _pin_errors(typed, board, board_name)


def doubts(typed, board_name):
    """Return a warning for each pin that works unless the connected part interferes, and for a
    cell whose voltage is too low for the board.
    """
    board = boards.load(board_name)
    found = ((pin, chips.doubt(board["chip"], pin.number)) for pin in _pins(typed))
    pins = [(pin.place, f"{pin.number}{doubt[0]}", doubt[1]) for pin, doubt in found if doubt]
    return supply_doubts(typed, board, board_name) + pins


def buses(typed):
    """Return the names of the buses that a configuration may use."""
    sensors = [sensor for _, sensor in entries(typed, "sensor")]
    found = {sensor.get(key) for sensor in sensors for key in ("bus", "uart")}
    clock = typed.get("time")
    found.add(clock.get("ds3231") if isinstance(clock, dict) else None)
    scans = any("gsm_scan" in uplink for _, uplink in entries(typed, "uplink"))
    return {name for name in found if isinstance(name, str)} | ({"modem"} if scans else set())


def entries(settings, section):
    """Return (place, table) for each entry that is a table."""
    found = settings.get(section)
    numbered = enumerate(found) if isinstance(found, list) else ()
    return [(f"[[{section}]] {i + 1}", entry) for i, entry in numbered if isinstance(entry, dict)]


def _bus_errors(place, sensor, board, board_name):
    errors = _named_errors(
        place, sensor, (("bus", "a bus"), ("uart", "a UART")), board, board_name
    )
    if sensor.get("driver") == "battery" and "battery" not in board:
        remedy = f"{board_name} has no battery divider: remove this sensor"
        errors.append((f"{place}: driver", '"battery"', remedy))
    return errors


def _clock_errors(typed, clock, board, board_name):
    errors = _named_errors("[time]", clock, (("ds3231", "a bus"),), board, board_name)
    name = clock.get("ds3231")
    for place, sensor in entries(typed, "sensor"):
        if not isinstance(name, str) or sensor.get("bus") != name:
            continue
        if sensor.get("driver") != "ds3231":
            if sensor.get("address") == _CLOCK_ADDRESS:
                seen = f"0x{_CLOCK_ADDRESS:x} on {one_line(name)}, as ds3231 in [time]"
                errors.append((f"{place}: address", seen, "give each chip its own address or bus"))
        elif _is_pin(sensor.get("power_pin")):
            remedy = f"remove power_pin of {place}: the chip must answer at all times"
            errors.append(("[time]: ds3231", f'"{one_line(name)}"', remedy))
    return errors


def _named_errors(place, section, keys, board, board_name):
    """Return an error for each of the keys, (key, words), that names no such bus or UART."""
    known = board.get("buses", {})
    errors = []
    for key, word in keys:
        fitting = [name for name in known if boards.is_uart(known[name]) == (key == "uart")]
        named = section.get(key)
        if isinstance(named, str) and named not in fitting:
            remedy = f"give {word} of {board_name}: {', '.join(fitting) or 'it has none'}"
            errors.append((f"{place}: {key}", f'"{one_line(named)}"', remedy))
    return errors


def _scan_errors(place, uplink, board, board_name):
    modem = board.get("buses", {}).get("modem", {})
    return [
        (f"{place}: {key}", "true", f"{board_name} has no {what}: remove this key")
        for key, has_it, what in (
            ("gsm_scan", boards.is_uart(modem), "UART named modem"),
            ("bluetooth_scan", boards.has_bluetooth(board), "Bluetooth"),
        )
        if uplink.get(key) is True and not has_it
    ]


def _pin_errors(typed, board, board_name):
    """Return an error for each pin that is unfit for its use or is taken."""
    chip, taken = board["chip"], _taken(typed, board, board_name)
    wanted = _pins(typed)
    first, errors = {}, []
    for pin in wanted:
        fault = chips.lack(chip, pin.number, pin.use) or taken.get(pin.number)
        if fault:
            free = chips.fitting(chip, pin.use, {*taken, *(other.number for other in wanted)})
            remedy = f"give one of {chips.listed(free)}" if free else "remove this sensor"
            errors.append((pin.place, f"{pin.number}{fault}", remedy))
            continue
        other = first.setdefault(pin.number, pin)
        if other is not pin and not (pin.shared and pin.shared == other.shared):
            errors.append((pin.place, f"{pin.number}, as {other.place}", "give each its own pin"))
    return errors


def _taken(typed, board, board_name):
    """Return {pin: its user, as words that follow its number} for a board and a configuration."""
    taken = {}
    for name in sorted(buses(typed) & set(board.get("buses", {}))):
        bus = board["buses"][name]
        taken |= {bus[key]: f", {key} of the bus {name}" for key in _BUS_KEYS if key in bus}
    sensors = [sensor.get("driver") for _, sensor in entries(typed, "sensor")]
    if ("battery" in sensors or of_divider(typed)) and "battery" in board:
        taken[board["battery"]["adc_pin"]] = ", the battery divider"
    if "led" in board:
        taken[board["led"]["pin"]] = f", the LED of {board_name}"
    used = board.get("used", {}).items()
    return taken | {int(pin): f", which {board_name} uses: {what}" for pin, what in used}


def _pins(typed):
    """Return a _Pin for each pin that a configuration's sensors use, in order."""
    power = typed.get("power")
    sleeps = isinstance(power, dict) and power.get("source") == "battery"
    known = drivers.names()
    found = []
    for place, sensor in entries(typed, "sensor"):
        driver = sensor.get("driver")
        if isinstance(driver, str) and ":" in driver:
            found += _ports(place, sensor)
        elif driver in known:
            found += _driver_pins(place, driver, sensor)
        if _is_pin(sensor.get("power_pin")):
            number = sensor["power_pin"]
            found.append(_Pin(f"{place}: power_pin", number, chips.OUTPUT, _POWER))
    if not sleeps:
        found = [pin._replace(use=chips.INPUT) if pin.use == chips.WAKE else pin for pin in found]
    return found


def _driver_pins(place, driver, sensor):
    """Yield a _Pin for each pin among the options of a built-in driver."""
    for key, option in drivers.options(driver).items():
        if option[0] == "pin" and _is_pin(sensor.get(key)):
            use = _USES.get((driver, key), chips.OUTPUT)
            yield _Pin(f"{place}: {key}", sensor[key], use, _SHARED.get((driver, key)))


def _ports(place, sensor):
    """Yield a _Pin for each pin in the arguments of a third-party driver.

    `arguments` are typed, [[positional, ...], {keyword: ...}] with ["pin", 4], or unchecked, with
    "pin 4"; a typed `pin` is such an argument.
    """
    given = sensor.get("arguments")
    if _is_pin(sensor.get("pin")):
        yield _Pin(f"{place}: pin", sensor["pin"], chips.ANY)
    for kind, number in map(_port, _values(given)):
        key = "pin" if given == [[["pin", number]], {}] else "arguments"
        if kind == "pin" and _is_pin(number):
            yield _Pin(f"{place}: {key}", number, chips.ANY)
        elif kind == "onewire" and _is_pin(number):
            yield _Pin(f"{place}: {key}", number, chips.OUTPUT, _ONEWIRE)


def _values(given):
    if isinstance(given, dict):
        return list(given.values())
    if not isinstance(given, list):
        return []
    if len(given) == 2 and isinstance(given[0], list) and isinstance(given[1], dict):
        return [*given[0], *given[1].values()]
    return given


def _port(value):
    """Return (kind, number) of an argument, or a meaningless pair if it is not a port."""
    if isinstance(value, str):
        kind, _, number = value.partition(" ")
        is_number = number.isascii() and number.isdigit() and len(number) < 3
        return kind, int(number) if is_number else None
    return value if isinstance(value, list) and len(value) == 2 else (None, None)


def _is_pin(value) -> TypeGuard[int]:
    return type(value) is int and 0 <= value <= chips.PIN_MAX
