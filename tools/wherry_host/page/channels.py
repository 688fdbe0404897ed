"""The page's table of channels: their displayed names and units.

A server knows only the names of channels. The units are from three tables: wherry's drivers, the
channels derived from them, and the node's own channels. A name with different units in two tables
has no unit. No unit is guessed for a name in none of them.
"""

from functools import cache

from wherry import health_channels
from wherry.config.derive import DERIVED

from wherry_host.config import drivers

# The prefix of the node's own channels.
HEALTH_PREFIX = "node_"
# The displayed names and units of channels that the node's own table lacks.
_OWN = {
    "node_clock_error_ms": ("clock error", "ms"),
    "node_clock_uncertainty_ms": ("clock uncertainty", "ms"),
    "node_rssi": ("signal", "dBm"),
    "node_mah": ("charge used", "mAh"),
}
_SPOKEN = {"co2": "CO₂", "cpu": "CPU"}


def person_name(channel):
    """Return the displayed name of a channel, such as "free memory" for "free_memory"."""
    if channel in _OWN:
        return _OWN[channel][0]
    plain = channel.removeprefix(HEALTH_PREFIX).replace("_", " ").strip()
    return " ".join(_SPOKEN.get(word, word) for word in plain.split(" ")) or channel


def unit(channel, configured=None):
    """Return the unit of a channel, such as "°C", or "" if it has none or it is unknown.

    `configured` is {channel: unit} of the node's configuration, if it is known.
    """
    return (configured or {}).get(channel, _units().get(channel, ""))


def label(channel, configured=None):
    """Return a channel's name and unit for a heading, such as "temperature, °C"."""
    return ", ".join(filter(None, (person_name(channel), unit(channel, configured))))


def with_unit(text, channel):
    """Return a formatted value with the unit of its channel, such as "4.05 V"."""
    return " ".join(filter(None, (text, unit(channel))))


@cache
def _units():
    """Return {channel: unit}, including names prefixed with a driver's name.

    The demo writes "bme280_temperature" if two sensors share a channel.
    """
    found = {}
    for driver in drivers.names():
        for name, of_driver, _ in drivers.channels(driver):
            found.setdefault(name, set()).add(of_driver)
            found.setdefault(f"{driver}_{name}", set()).add(of_driver)
    for name, (_, of_derived, _) in DERIVED.items():
        found.setdefault(name, set()).add(of_derived)
    for name, of_own, _ in health_channels.CHANNELS + health_channels.CHARGE_CHANNELS:
        found[name] = {_OWN[name][1] if name in _OWN else of_own}
    return {name: units.pop() for name, units in found.items() if len(units) == 1}
