"""A BH1750FVI by its commands (ROHM technical note BH1750FVI, 2009.04 rev B).

A measurement takes its maximum time; a read is refused until its end, which the note leaves open.
Measurements of low resolution, of the second high resolution and continuous ones are not modelled.
"""

from wherry_host.virtual.chips.command_chip import CommandChip
from wherry_host.virtual.chips.tables import Channel, Command, Conversion

_SATURATED = 0xFFFF
_USUAL_TIME = 69
_BUSY_US = 180_000


def _time(held):
    return held["time_high"] | held["time_low"]


def _conversion(held):
    return Conversion(("illuminance",), _BUSY_US * _time(held) // _USUAL_TIME)


def _result(held):
    raw = held["illuminance"] * _time(held) // _USUAL_TIME
    return min(raw, _SATURATED).to_bytes(2, "big")


class Model(CommandChip):
    """One sensor on the bus."""

    name = "bh1750"
    CHANNELS = (("illuminance", 1),)
    ADDRESS = 0x23
    QUANTITIES = {"illuminance": Channel(1 / 1.2)}
    HELD = {"time_high": 0x40, "time_low": 0x05}
    COMMANDS = {
        # Power down, power on, reset of the result.
        b"\x00": Command(),
        b"\x01": Command(),
        b"\x07": Command(),
        b"\x20": Command(converts=_conversion, sends=_result, is_data=True),
        **{bytes((0x40 | bits,)): Command(assigns={"time_high": bits << 5}) for bits in range(8)},
        **{bytes((0x60 | bits,)): Command(assigns={"time_low": bits}) for bits in range(32)},
    }
