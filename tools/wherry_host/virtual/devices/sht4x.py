"""An SHT40, SHT41 or SHT45 by its commands (Sensirion SHT4x datasheet, "Timings", "Command
Overview", "Conversion of Signal Output").

Conversions take their maximum time. The heater does not warm the chip.
"""

from wherry_host.virtual.chips.command_chip import CommandChip, measuring_both
from wherry_host.virtual.chips.tables import Channel, Command, Crc8

_CRC = Crc8(0x31, 0xFF)
# High, medium and low repeatability; the heater at three power levels for 1 s and 0.1 s.
_BUSY_US = {0xFD: 8_300, 0xF6: 4_500, 0xE0: 1_600}
_BUSY_US |= dict.fromkeys((0x39, 0x2F, 0x1E), 1_100_000)
_BUSY_US |= dict.fromkeys((0x32, 0x24, 0x15), 110_000)


class Model(CommandChip):
    """One sensor on the bus."""

    name = "sht4x"
    CHANNELS = (("temperature", 1), ("humidity", 1))
    ADDRESS = 0x44
    QUANTITIES = {
        "temperature": Channel(175 / 65535, -45.0),
        "humidity": Channel(125 / 65535, -6.0),
    }
    COMMANDS = {
        bytes((code,)): measuring_both(_CRC, busy_us) for code, busy_us in _BUSY_US.items()
    } | {
        b"\x89": Command(sends=lambda _: _CRC.word(0x0F5A) + _CRC.word(0x1234)),
        b"\x94": Command(reset_us=1_000),
    }
