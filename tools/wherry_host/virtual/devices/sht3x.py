"""An SHT30, SHT31 or SHT35 by its commands (Sensirion SHT3x-DIS datasheet, version 5, sections 2.2
and 4).

Conversions take their maximum time. In clock-stretching mode, the answer is immediate. The heater
does not warm the chip. Periodic measurements and alerts are not modelled.
"""

from wherry_host.virtual.chips.command_chip import CommandChip, measuring_both
from wherry_host.virtual.chips.tables import Channel, Command, Crc8

_CRC = Crc8(0x31, 0xFF)
# High, medium and low repeatability.
_BUSY_US = {b"\x24\x00": 15_500, b"\x24\x0b": 6_500, b"\x24\x16": 4_500}
_BUSY_US |= dict.fromkeys((b"\x2c\x06", b"\x2c\x0d", b"\x2c\x10"), 0)


class Model(CommandChip):
    """One sensor on the bus."""

    name = "sht3x"
    CHANNELS = (("temperature", 1), ("humidity", 1))
    ADDRESS = 0x44
    QUANTITIES = {
        "temperature": Channel(175 / 65535, -45.0),
        "humidity": Channel(100 / 65535),
    }
    # The flags after a reset: an alert, and the reset itself.
    HELD = {"flags": 0x8010, "heater": 0x0000}
    COMMANDS = {code: measuring_both(_CRC, busy_us) for code, busy_us in _BUSY_US.items()} | {
        b"\xf3\x2d": Command(sends=lambda held: _CRC.word(held["flags"] | held["heater"])),
        b"\x30\x41": Command(assigns={"flags": 0x0000}),
        b"\x30\x66": Command(assigns={"heater": 0x0000}),
        b"\x30\x6d": Command(assigns={"heater": 0x2000}),
        b"\x30\x93": Command(),
        b"\x30\xa2": Command(reset_us=1_500),
    }
