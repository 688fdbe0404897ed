"""The sensor drivers: the files of lib/wherry/sensors."""

import re
from importlib import import_module
from pathlib import Path

# A longer series of addresses is shortened to its ends.
_SHOWN_MAX = 3


def names():
    """Return the names of all drivers, sorted."""
    folder = Path(_module("battery").__file__).parent
    return sorted(path.stem for path in folder.glob("*.py") if path.stem[0] != "_")


def channels(driver):
    """Return a driver's channels ((name, unit, decimals), ...), as in its file."""
    return _module(driver).CHANNELS


def options(driver):
    """Return a driver's options {key: option}, as in its file."""
    return _module(driver).OPTIONS


def described(driver):
    """Return a driver's description of its chip, its wiring and its channels, as strings."""
    module = _module(driver)
    about = module.__doc__.partition("\n")[0].rstrip(".")
    shown = (f"{name} ({unit})" if unit else name for name, unit, _ in module.CHANNELS)
    return about, _wiring(driver), ", ".join(shown)


def chip(driver):
    """Return the names of a driver's chips, the first words of its file."""
    return re.split("[:;]", described(driver)[0])[0]


def addresses(driver):
    """Return the I2C addresses that a driver may have, () if it is not on an I2C bus."""
    kind, _, *limits = options(driver).get("address", ("address", None))
    return tuple(range(limits[0], limits[1] + 1)) if kind == "int" else tuple(limits)


def _module(driver):
    return import_module(f"wherry.sensors.{driver}")


def _wiring(driver):
    found = [f"0x{address:02x}" for address in addresses(driver)]
    if found:
        is_long = addresses(driver)[_SHOWN_MAX:] and options(driver)["address"][0] == "int"
        return "I2C " + (f"{found[0]} to {found[-1]}" if is_long else ", ".join(found))
    if "uart" in options(driver):
        return f"UART {options(driver)['uart'][1]}"
    pins = [key for key, (kind, *_) in options(driver).items() if kind == "pin"]
    return ("the board", "a pin", "two pins")[len(pins)]
