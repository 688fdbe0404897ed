"""The faults of a board's file: unknown and missing keys, wrong values, unfit pins."""

from wherry_host.config import chips
from wherry_host.partitions import BLOCK_SIZE

# Key: (type, smallest, largest).
_PIN = (int, 0, chips.PIN_MAX)
_TOP = {
    "name": (str, 1, 60),
    "chip": (str, 1, 20),
    "image": (str, 1, 200),
    "flash_offset": (int, 0, 0x10000),
    "flash_size": (int, 0x100000, 0x10000000),
    "filesystem_size": (int, 0x10000, 0x10000000),
}
_OPTIONAL = {
    "wlog_size": (int, 0x10000, 0x8000000),
    "sleep_current_ua": (int, 1, 1_000_000),
    "dropout_mv": (int, 1000, 20_000),
}
# The bootloader, the partition table and small data of ESP-IDF; the applications follow.
_APPLICATIONS_AT = 0x10000
# The chip's I2C controller that drives a bus that is not `soft`.
_BUS_OPTIONAL = {"i2c": (int, 0, 1)}
_BUS = {"scl": _PIN, "sda": _PIN, "freq_hz": (int, 1000, 1_000_000), "soft": (bool, 0, 1)}
# UART 0 is the console.
_UART = {"uart": (int, 1, 2), "tx": _PIN, "rx": _PIN, "baud": (int, 300, 5_000_000)}
_BATTERY = {"adc_pin": _PIN, "ratio_milli": (int, 1000, 100_000)}
_LED = {"pin": _PIN, "active_low": (bool, 0, 1)}
_TYPE_NAMES = {int: "a whole number", str: "a text", bool: "true or false"}
_USED_SIZE_MAX = 60
# (table, key, what its pin must be able to do); "buses" is any bus.
_PIN_USES = (
    ("buses", "scl", chips.OUTPUT),
    ("buses", "sda", chips.OUTPUT),
    ("buses", "tx", chips.OUTPUT),
    ("buses", "rx", chips.INPUT),
    ("battery", "adc_pin", chips.ADC),
    ("led", "pin", chips.OUTPUT),
)
_WITH_UART_2 = ("esp32", "esp32s3")
_WITH_I2C_1 = ("esp32", "esp32s2", "esp32s3")


def board_faults(board):
    """Return a line for each fault of a board's dictionary: the key, the value, the remedy."""
    faults = _table_faults("", board, _TOP, _OPTIONAL, ("buses", "battery", "led", "used"))
    if not faults:
        faults += _size_faults(board)
    if board.get("chip") not in tuple(chips.CHIPS):
        faults.append(f"chip: give one of {', '.join(chips.CHIPS)}")
    parts = [("battery", _BATTERY, None), ("led", _LED, None)]
    buses = board.get("buses", {})
    if isinstance(buses, dict):
        parts += [(f"buses.{name}", *_bus_tables(bus)) for name, bus in buses.items()]
        faults += _uart_faults(board.get("chip"), buses) + _i2c_faults(board.get("chip"), buses)
    else:
        faults.append("buses: write each bus as [buses.NAME]")
    for place, table, optional in parts:
        part = buses[place[6:]] if place.startswith("buses.") else board.get(place)
        if part is not None:
            faults += _table_faults(place, part, table, optional)
    return faults or _pin_faults(board)


def _pin_faults(board):
    """Return a fault for each pin that is unfit for its use, or that the board uses otherwise."""
    used = board.get("used", {})
    faults = _used_faults(board["chip"], used)
    if not isinstance(used, dict):
        return faults
    places = [(f"buses.{name}", bus, "buses") for name, bus in board.get("buses", {}).items()]
    places += [(name, board[name], name) for name in ("battery", "led") if name in board]
    for place, part, table in places:
        for key, use in ((key, use) for each, key, use in _PIN_USES if each == table):
            pin = part.get(key)
            lack = None if pin is None else chips.lack(board["chip"], pin, use)
            if lack:
                free = chips.listed(chips.fitting(board["chip"], use))
                faults.append(f"{place}.{key}: {pin}{lack}; give one of {free}")
            elif key == "sda" and pin == part.get("scl") and pin is not None:
                faults.append(f"{place}.sda: {pin}, as {place}.scl; give each its own pin")
            elif str(pin) in used:
                faults.append(f"{place}.{key}: {pin}, as used.{pin}; remove one of the two")
    return faults


def _used_faults(chip, used):
    """Return a fault for each entry in [used] that is not a pin number and a string."""
    if not isinstance(used, dict):
        return ['used: write it as a table, [used], with lines such as 16 = "PSRAM"']
    pins = {str(pin) for pin in chips.CHIPS[chip].pins}
    faults = [
        f"used.{key}: not a pin of {chip}; give one of {chips.listed(sorted(map(int, pins)))}"
        for key in used
        if key not in pins
    ]
    return faults + [
        f"used.{key}: {text!r}; give a text of 1 to {_USED_SIZE_MAX} characters"
        for key, text in used.items()
        if not isinstance(text, str) or not 1 <= len(text) <= _USED_SIZE_MAX
    ]


def _bus_tables(bus):
    return (_UART, None) if isinstance(bus, dict) and "uart" in bus else (_BUS, _BUS_OPTIONAL)


def _i2c_faults(chip, buses):
    """Return a fault for each I2C bus whose controller the chip lacks or another bus uses."""
    faults, seen = [], {}
    for name, bus in buses.items():
        if not isinstance(bus, dict) or "uart" in bus:
            continue
        place = f"buses.{name}.i2c"
        if bus.get("soft") is True:
            faults += [f"{place}: a soft bus has none; remove it"] if "i2c" in bus else []
            continue
        number = bus.get("i2c", 0)
        if type(number) is not int:
            continue  # The table of keys reports it.
        only = chip not in _WITH_I2C_1
        if number == 1 and only:
            faults.append(f"{place}: 1; {chip} has none but 0: give soft = true")
        elif seen.setdefault(number, name) != name:
            remedy = "soft = true" if only else f"{1 - number}, or soft = true"
            faults.append(f"{place}: {number}, as buses.{seen[number]}; give {remedy}")
    return faults


def _uart_faults(chip, buses):
    """Return a fault for each UART that the chip lacks or that has two names."""
    faults, seen = [], {}
    for name, bus in buses.items():
        number = bus.get("uart") if isinstance(bus, dict) else None
        if number == 2 and chip not in _WITH_UART_2:
            faults.append(f"buses.{name}.uart: 2; {chip} has none but 1 beside the console")
        if type(number) is int and seen.setdefault(number, name) != name:
            faults.append(f"buses.{name}.uart: {number}, as buses.{seen[number]}; give another")
    return faults


def _size_faults(board):
    sizes = [key for key in ("flash_size", "filesystem_size", "wlog_size") if key in board]
    faults = [
        f"{key}: {board[key]:#x}; give a multiple of {BLOCK_SIZE:#x}, a block of the flash"
        for key in sizes
        if board[key] % BLOCK_SIZE
    ]
    flash_size, *parts = (board[key] for key in sizes)
    if sum(parts) > flash_size - _APPLICATIONS_AT:
        is_ring = "wlog_size" in board
        what = (
            "wlog_size: with filesystem_size it takes" if is_ring else "filesystem_size: it takes"
        )
        remedy = "lower one of the two" if is_ring else "lower it"
        faults.append(f"{what} {sum(parts):#x} of the flash's {flash_size:#x} bytes; {remedy}")
    return faults


def _table_faults(place, part, table, optional=None, extra=()):
    if not isinstance(part, dict):
        return [f"{place}: write it as a table, [{place}]"]
    dot = f"{place}." if place else ""
    optional = optional or {}
    known = ", ".join([*table, *optional, *extra])
    unknown = sorted(set(part) - set(table) - set(optional) - set(extra))
    faults = [f"{dot}{key}: unknown key; known here: {known}" for key in unknown]
    for key, (kind, low, high) in (table | optional).items():
        if key not in part:
            if key in optional:
                continue
            faults.append(f"{dot}{key}: missing; give {_TYPE_NAMES[kind]}")
            continue
        value = part[key]
        size = len(value) if isinstance(value, str) else value
        if type(value) is not kind or not low <= size <= high:
            bounds = f" from {low} to {high}" if kind is int else ""
            faults.append(f"{dot}{key}: {value!r}; give {_TYPE_NAMES[kind]}{bounds}")
    return faults
