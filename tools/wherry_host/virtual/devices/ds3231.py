"""The temperature of a DS3231 by its registers (Maxim 19-5170 rev 10, "Control register", "Status
register", "Temperature registers").

A conversion takes its maximum time, and a write reaches only one register. The clock, its alarms
and the conversions every 64 s are not modelled.
"""

from wherry_host.virtual.chips.register_chip import RegisterChip
from wherry_host.virtual.chips.tables import Channel, Conversion, Register

_CONVERSION = Conversion(("temperature",), 200_000)


class Model(RegisterChip):
    """One clock chip on the bus."""

    name = "ds3231"
    CHANNELS = (("temperature", 1),)
    ADDRESS = 0x68
    QUANTITIES = {"temperature": Channel(0.25, raw_min=-512, raw_max=511)}
    REGISTERS = {
        # Control, status, aging offset.
        0x0E: Register(
            reset=0x1C,
            size=1,
            writable=0xDF,
            converts=lambda _: _CONVERSION,
            starts=0x20,
            busy=0x20,
            follower=0x0F,
        ),
        0x0F: Register(reset=0x88, size=1, writable=0x88, busy=0x04, follower=0x10),
        0x10: Register(size=1, writable=0xFF, follower=0x11),
        0x11: Register(
            size=1,
            channel="temperature",
            packed=lambda raw, _: raw >> 2 & 0xFF,
            follower=0x12,
        ),
        0x12: Register(size=1, channel="temperature", packed=lambda raw, _: (raw & 3) << 6),
    }
    REFUSES = False
