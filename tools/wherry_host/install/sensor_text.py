"""Text lines about sensors that were read and buses that were scanned."""

from wherry_host.config import boards, drivers
from wherry_host.reading_text import value_text

# Chips with an identity register, from the data sheets that the drivers name: (driver, register,
# size in bytes, mask, value).
_IDS = (
    ("host", "The computer under a virtual board", 0x00, 1, 0xFF, 0x57),
    ("bme280", "Bosch BME280", 0xD0, 1, 0xFF, 0x60),
    ("bme280", "Bosch BMP280", 0xD0, 1, 0xFF, 0x58),
    ("bme680", "Bosch BME680 or BME688", 0xD0, 1, 0xFF, 0x61),
    ("lis3dh", "ST LIS3DH", 0x0F, 1, 0xFF, 0x33),
    ("tmp117", "Texas Instruments TMP117", 0x0F, 2, 0x0FFF, 0x0117),
)


def by_sensor(config, values):
    """Yield (typed section, {index of a channel in it: scaled integer}) for each sensor.

    `config` is a HostConfig, `values` are from SensorPort.read_sensors.
    """
    first, values = 0, dict(values)
    for section in config.typed["sensor"]:
        places = range(len(section["channels"]))
        yield section, {i: values[first + i] for i in places if first + i in values}
        first += len(places)


def reading_lines(config, values, said):
    """Yield (line, True if it reports a fault) for each sensor of a HostConfig that was read."""
    for number, (section, found) in enumerate(by_sensor(config, values), 1):
        shown = [
            f"{name} {value_text(found[i], decimals)} {unit}".rstrip()
            for i, (name, unit, decimals) in enumerate(section["channels"])
            if i in found
        ]
        faults = [line for line in said if line.startswith(f"sensor {number} (")]
        if "rate_hz" in section:
            yield f"sensor {number} ({section['driver']}): a fast sensor is not read here", False
        if shown:
            yield f"sensor {number} ({section['driver']}): {', '.join(shown)}", False
        yield from ((line, True) for line in faults)


def scan_lines(port, board_name):
    """Yield lines about each I2C bus of a board, and a TOML block for each chip found."""
    blocks = []
    for name, bus, found in scanned(port, board_name):
        yield f"{name} (SCL {bus['scl']}, SDA {bus['sda']}): {_counted(len(found))}"
        for address, candidates in found:
            yield f"  0x{address:02x}  {guess(candidates)}"
            several = f"# 0x{address:02x}: keep one of these." if candidates[1:] else ""
            blocks += ["\n" + block(driver, name, address, several) for driver, _ in candidates]
    yield from blocks


def scanned(port, board_name):
    """Yield (name, bus, found) for each I2C bus of the board at an open SensorPort.

    `found` has (address, [(driver, chip)]) for each device that answers, with all candidates.
    """
    known = [name for name in drivers.names() if _is_on(board_name, name)]
    for name, bus in boards.load(board_name).get("buses", {}).items():
        if not boards.is_uart(bus):
            yield name, bus, [(each, _all_of(port, bus, each, known)) for each in port.scan(bus)]


def _all_of(port, bus, address, known):
    fitting = [name for name in known if address in drivers.addresses(name)]
    return list(_candidates(port, bus, address, fitting))


def _counted(count):
    return f"{count} device{'' if count == 1 else 's'}"


def _is_on(board_name, driver):
    # The driver `host` reads the computer under a virtual board.
    return driver != "host" or board_name.startswith(boards.VIRTUAL)


def _candidates(port, bus, address, fitting):
    """Yield (driver, chip) of the fitting drivers, a single one if the chip identifies itself."""
    for driver, chip, register, size, mask, value in _IDS:
        if driver in fitting:
            read = port.register(bus, address, register, size)
            if read and int.from_bytes(read, "big") & mask == value:
                yield driver, chip
                return
    asked = {driver for driver, *_ in _IDS}
    yield from ((name, drivers.chip(name)) for name in fitting if name not in asked)


def guess(candidates):
    """Return the candidates for a device as a string."""
    if not candidates:
        return 'wherry has no driver for this address; see "Third-party drivers" in docs/config.md'
    return " or ".join(f"{driver} ({chip})" for driver, chip in candidates)


def block(driver, bus, address, comment=""):
    """Return the section of a sensor as TOML."""
    lines = [*filter(None, [comment]), "[[sensor]]", f'driver = "{driver}"', f'bus = "{bus}"']
    if address != drivers.options(driver).get("address", (0, address))[1]:
        lines.append(f"address = 0x{address:02x}")
    return "\n".join(lines)
