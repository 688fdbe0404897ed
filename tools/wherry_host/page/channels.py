"""The page's table of channels: the displayed name, and the unit.

A server knows a channel by its name only. The units are from the tables of wherry's drivers, of
the channels derived from them and of the node's own channels. A name that has different units in
two of them has no unit. No unit is guessed for any other name.
"""

from functools import cache

from wherry import health_channels
from wherry.config.derive import DERIVED

from wherry_host.config import drivers

# The prefix of the node's own channels.
HEALTH_PREFIX = "node_"
# Names that their table lacks, and the units ms and dBm, which it lacks, too.
_OWN = {
    "node_clock_error_ms": ("clock error", "ms"),
    "node_rssi": ("signal", "dBm"),
    "node_mah": ("charge used", "mAh"),
}
_SPOKEN = {"co2": "CO₂", "cpu": "CPU"}


def person_name(channel):
    """Return the displayed name of a channel: "free_memory" is "free memory"."""
    if channel in _OWN:
        return _OWN[channel][0]
    plain = channel.removeprefix(HEALTH_PREFIX).replace("_", " ").strip()
    return " ".join(_SPOKEN.get(word, word) for word in plain.split(" ")) or channel


def unit(channel, configured=None):
    """Return the unit of a channel, such as "°C"; "" without a unit or without a known one.

    `configured` is {channel: unit} of the node's configuration, if it is known.
    """
    return (configured or {}).get(channel, _units().get(channel, ""))


def label(channel, configured=None):
    """Return a channel's name and unit for a heading: "temperature, °C"."""
    return ", ".join(filter(None, (person_name(channel), unit(channel, configured))))


def with_unit(text, channel):
    """Return a formatted value with the unit of its channel: "4.05 V"."""
    return " ".join(filter(None, (text, unit(channel))))


@cache
def _units():
    """Return {channel: unit}, including names with a driver's name as a prefix.

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
