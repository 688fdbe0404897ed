"""Creation and reading of the drivers of other packages."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from foreign_bus import CircuitI2C, MicroI2C, SMBus, Transceiver

ADAFRUIT = "adafruit-circuitpython-busdevice", "adafruit-circuitpython-register"
_SENSIRION = (
    "sensirion-i2c-driver",
    "sensirion-driver-adapters",
    "sensirion-driver-support-types",
)


def of_bus(found, bus):
    """Return a driver's object, created with a bus only."""
    return found(bus)


def of_address(found, bus):
    """Return a driver's object, created with a bus and an address."""
    return found(bus, bus.address)


@dataclass(frozen=True)
class Foreign:
    """A package whose driver reads the chip of one of our drivers.

    `made` creates an object from the class that `driver` names and a bus. `read` returns its
    values in the units and the order of our driver's channels, with None for a missing one.
    `resolution` is the package's own for each channel, or 0 if it does not round.
    """

    package: str
    #: module:name, or a module.
    driver: str
    ours: str
    bus: type
    read: Callable
    made: Callable = of_bus
    needs: tuple[str, ...] = ()
    resolution: tuple[float, ...] = ()
    #: The reason why its values do not agree with ours.
    fault: str = ""
    #: The device model, if its name differs from our driver's.
    model: str = ""

    @property
    def kind(self):
        return self.model or self.ours

    def opened(self, bus):
        """Return the result of `made` for a bus."""
        module, _, name = self.driver.partition(":")
        found = import_module(module)
        return self.made(getattr(found, name) if name else found, bus)


def of_names(*names):
    """Return a `read` of an object's attributes."""
    return lambda sensor: [getattr(sensor, name) for name in names]


def called(function):
    """Return a `read` for a function."""
    return function()


def circuit(package, driver, ours, read, **others):
    """Return a Foreign for an Adafruit CircuitPython package."""
    name = f"adafruit-circuitpython-{package}"
    return Foreign(name, driver, ours, CircuitI2C, read, needs=ADAFRUIT, **others)


def micro(package, driver, ours, read, **others):
    """Return a Foreign for a MicroPython package."""
    return Foreign(f"micropython-{package}", driver, ours, MicroI2C, read, **others)


def linux(package, driver, ours, read, **others):
    """Return a Foreign for a Linux package."""
    return Foreign(package, driver, ours, SMBus, read, **others)


def sensirion(package, driver, ours, read, made, **others):
    """Return a Foreign for a Sensirion package."""
    name = f"sensirion-i2c-{package}"
    return Foreign(name, driver, ours, Transceiver, read, made, _SENSIRION, **others)


def of_connection(found, bus):
    """Return an object on Sensirion's I2cConnection."""
    return found(import_module("sensirion_i2c_driver").I2cConnection(bus))


def of_channel(found, bus):
    """Return an object on Sensirion's I2cChannel, whose words have a CRC."""
    driver = import_module("sensirion_i2c_driver")
    channel = import_module("sensirion_driver_adapters.i2c_adapter.i2c_channel").I2cChannel
    crc = driver.CrcCalculator(8, 0x31, 0xFF, 0)
    return found(channel(driver.I2cConnection(bus), slave_address=bus.address, crc=crc))


def values(signals):
    """Return the values of Sensirion's signals."""
    return [each.value for each in signals]
