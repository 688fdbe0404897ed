"""A TMP117 by its registers (Texas Instruments SNOSD82, sections 7.3, 7.4 and 7.6).

A write to the configuration restarts the conversions, or starts a single one. The alerts, the
offset and the EEPROM are not modelled.
"""

from wherry_host.virtual.chips.register_chip import RegisterChip
from wherry_host.virtual.chips.tables import Channel, Conversion, Cycle, Register

_RESULT, _CONFIGURATION = 0x00, 0x01
_SHUTDOWN, _ONE_SHOT = 1, 3
_CONVERSION_US = 15_500
# The number of averaged conversions by AVG, and the time of a cycle by CONV.
_COUNTS = 1, 8, 32, 64
_CYCLES_US = 0, 125_000, 250_000, 500_000, 1_000_000, 4_000_000, 8_000_000, 16_000_000


def _mode(content):
    return content[_CONFIGURATION] >> 10 & 3


def _active_us(content):
    return _CONVERSION_US * _COUNTS[content[_CONFIGURATION] >> 5 & 3]


def _cycle(content):
    if _mode(content) in (_SHUTDOWN, _ONE_SHOT):
        return None
    active_us = _active_us(content)
    return Cycle(active_us, max(active_us, _CYCLES_US[content[_CONFIGURATION] >> 7 & 7]))


def _single(content):
    is_single = _mode(content) == _ONE_SHOT
    return Conversion(("temperature",), _active_us(content)) if is_single else None


class Model(RegisterChip):
    """One sensor on the bus."""

    name = "tmp117"
    CHANNELS = (("temperature", 1),)
    ADDRESS = 0x48
    QUANTITIES = {"temperature": Channel(1 / 128, raw_min=-0x8000, raw_max=0x7FFF)}
    REGISTERS = {
        _RESULT: Register(
            # The register shows -256 °C until the first result.
            reset=0x8000,
            channel="temperature",
            packed=lambda raw, _: raw & 0xFFFF,
            is_reading=True,
        ),
        _CONFIGURATION: Register(
            reset=0x0220,
            writable=0x0FFC,
            resets=0x0002,
            ready=0x2000,
            is_reading=True,
            restarts=True,
            converts=_single,
            starts=0x0C00,
            interrupts=True,
            is_status=True,
        ),
        # The limits.
        0x02: Register(reset=0x6000, writable=0xFFFF),
        0x03: Register(reset=0x8000, writable=0xFFFF),
        # The EEPROM and its lock, the offset.
        0x04: Register(writable=0x8000),
        0x05: Register(writable=0xFFFF),
        0x06: Register(writable=0xFFFF),
        0x07: Register(writable=0xFFFF),
        0x08: Register(writable=0xFFFF),
        0x0F: Register(reset=0x0117),
    }
    RESET_US = 2_000
    REFUSES = False
    CYCLE = staticmethod(_cycle)
