"""The drivers of sensors: files of lib/wherry/sensors."""

from importlib import import_module


def channels(driver):
    """Return ((name, unit, decimals), ...) of a driver, as its file has them."""
    return import_module(f"wherry.sensors.{driver}").CHANNELS
