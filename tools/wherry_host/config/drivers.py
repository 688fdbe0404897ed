"""The drivers of sensors: files of lib/wherry/sensors."""

from importlib import import_module
from pathlib import Path


def names():
    """Return the names of all drivers, sorted."""
    folder = Path(_module("battery").__file__).parent
    return sorted(path.stem for path in folder.glob("*.py") if path.stem[0] != "_")


def channels(driver):
    """Return ((name, unit, decimals), ...) of a driver, as its file has them."""
    return _module(driver).CHANNELS


def options(driver):
    """Return {key: option} of a driver, as its file has them."""
    return _module(driver).OPTIONS


def described(driver):
    """Return a driver's sentence about its chip, its wiring and its channels, as texts."""
    module = _module(driver)
    about = module.__doc__.partition("\n")[0].rstrip(".")
    shown = (f"{name} ({unit})" if unit else name for name, unit, _ in module.CHANNELS)
    return about, _wiring(module.OPTIONS), ", ".join(shown)


def _module(driver):
    return import_module(f"wherry.sensors.{driver}")


def _wiring(options):
    if "address" in options:
        kind, _, *limits = options["address"]
        if kind == "int":
            limits = range(limits[0], limits[1] + 1)
        return "I2C " + ", ".join(f"0x{address:02x}" for address in limits)
    if "uart" in options:
        return f"UART {options['uart'][1]}"
    pins = [key for key, (kind, *_) in options.items() if kind == "pin"]
    return ("the board", "a pin", "two pins")[len(pins)]
