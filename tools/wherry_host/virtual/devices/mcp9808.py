"""An MCP9808 by its registers (Microchip DS25095, section 5).

It converts continuously unless it is shut down. The locks and the Alert pin are not modelled.
"""

from wherry_host.virtual.chips.register_chip import RegisterChip
from wherry_host.virtual.chips.tables import Channel, Cycle, Register

_CONFIGURATION, _UPPER, _LOWER, _CRITICAL, _AMBIENT, _RESOLUTION = 1, 2, 3, 4, 5, 8
_SHUTDOWN = 0x0100
# By resolution, for 0.5, 0.25, 0.125 and 0.0625 °C.
_PERIODS_US = 30_000, 65_000, 130_000, 250_000
_LIMIT = Register(writable=0x1FFC)


def _signed(word):
    """Return the value of a limit in 1/16 °C, from 13-bit two's complement."""
    return (word & 0x0FFF) - (word & 0x1000)


def _ambient(raw, content):
    """Return the temperature, preceded by the results of its comparisons with the limits."""
    is_critical = raw >= _signed(content[_CRITICAL])
    is_above = raw > _signed(content[_UPPER])
    is_below = raw < _signed(content[_LOWER])
    return is_critical << 15 | is_above << 14 | is_below << 13 | raw & 0x1FFF


def _cycle(content):
    if content[_CONFIGURATION] & _SHUTDOWN:
        return None
    resolution = content[_RESOLUTION]
    period_us = _PERIODS_US[resolution]
    return Cycle(period_us, period_us, {"temperature": 3 - resolution})


class Model(RegisterChip):
    """One sensor on the bus."""

    name = "mcp9808"
    CHANNELS = (("temperature", 1),)
    ADDRESS = 0x18
    QUANTITIES = {"temperature": Channel(1 / 16, raw_min=-4096, raw_max=4095)}
    REGISTERS = {
        _CONFIGURATION: Register(writable=0x07CF, restarts=True),
        _UPPER: _LIMIT,
        _LOWER: _LIMIT,
        _CRITICAL: _LIMIT,
        _AMBIENT: Register(channel="temperature", packed=_ambient),
        6: Register(reset=0x0054),
        7: Register(reset=0x0400),
        _RESOLUTION: Register(reset=0x03, size=1, writable=0x03, restarts=True),
    }
    CYCLE = staticmethod(_cycle)
