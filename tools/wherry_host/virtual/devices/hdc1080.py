"""An HDC1080 by its registers (Texas Instruments SNAS672, sections 7.5, 8.5 and 8.6).

A write to a result's address starts the conversion; a read of a result is not acknowledged before
the conversion ends. The heater does not warm the chip, and the battery is never low.
"""

from wherry_host.virtual.chips.register_chip import RegisterChip
from wherry_host.virtual.chips.tables import Channel, Conversion, Register

_TEMPERATURE, _HUMIDITY, _CONFIGURATION = 0, 1, 2
_BOTH = 0x1000
# {resolution bits in the configuration: (number of the lowest of 14 bits that stay 0, us)}.
_TEMPERATURE_MODES = {0: (0, 6_350), 1: (3, 3_650)}
_HUMIDITY_MODES = {0: (0, 6_500), 1: (3, 3_850), 2: (6, 2_500), 3: (6, 2_500)}


def _modes(content):
    configuration = content[_CONFIGURATION]
    return {
        "temperature": _TEMPERATURE_MODES[configuration >> 10 & 1],
        "humidity": _HUMIDITY_MODES[configuration >> 8 & 3],
    }


def _conversion(content, channels):
    modes = _modes(content)
    dropped = {each: modes[each][0] for each in channels}
    return Conversion(channels, sum(modes[each][1] for each in channels), dropped)


def _from_temperature(content):
    is_sequence = content[_CONFIGURATION] & _BOTH
    return _conversion(content, ("temperature", "humidity") if is_sequence else ("temperature",))


class Model(RegisterChip):
    """One sensor on the bus."""

    name = "hdc1080"
    CHANNELS = (("temperature", 1), ("humidity", 1))
    ADDRESS = 0x40
    QUANTITIES = {
        "temperature": Channel(165 / (1 << 14), -40.0, raw_max=(1 << 14) - 1),
        "humidity": Channel(100 / (1 << 14), raw_max=(1 << 14) - 1),
    }
    REGISTERS = {
        _TEMPERATURE: Register(
            channel="temperature",
            packed=lambda raw, _: raw << 2,
            converts=_from_temperature,
            follower=_HUMIDITY,
        ),
        _HUMIDITY: Register(
            channel="humidity",
            packed=lambda raw, _: raw << 2,
            converts=lambda content: _conversion(content, ("humidity",)),
        ),
        _CONFIGURATION: Register(reset=0x1000, writable=0x3700, resets=0x8000),
        0xFB: Register(reset=0x0123),
        0xFC: Register(reset=0x4567),
        0xFD: Register(reset=0x8900),
        0xFE: Register(reset=0x5449),
        0xFF: Register(reset=0x1050),
    }
    RESET_US = 15_000
