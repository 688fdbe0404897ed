"""An HS3003 by its bytes (Renesas R36DS0010, "Measurement Request" and "Data Fetch").

Any write, even an empty one, starts a measurement. The data of a fetch during a measurement,
and of a repeated fetch, are marked as stale. The programming mode after power-up is not modelled.
"""

from wherry_host.virtual.chips.command_chip import CommandChip
from wherry_host.virtual.chips.tables import Channel, Command, Conversion

_STALE = 1
# The times to wake up and to convert humidity and temperature with 14 bits.
_CONVERSION = Conversion(("temperature", "humidity"), 100 + 2 * 16_900)
_RAW_MAX = (1 << 14) - 1


def _frame(held):
    status = 0 if held["is_new"] else _STALE
    humidity = status << 14 | held["humidity"]
    # A driver has to mask the lowest two bits: chips send 1 there.
    return (humidity << 16 | held["temperature"] << 2 | 1).to_bytes(4, "big")


class Model(CommandChip):
    """One sensor on the bus."""

    name = "hs3003"
    CHANNELS = (("temperature", 1), ("humidity", 1))
    ADDRESS = 0x44
    QUANTITIES = {
        "temperature": Channel(165 / _RAW_MAX, -40.0, raw_max=_RAW_MAX),
        "humidity": Channel(100 / _RAW_MAX, raw_max=_RAW_MAX),
    }
    # The answer before the first measurement.
    HELD = {"temperature": _RAW_MAX, "humidity": _RAW_MAX}
    COMMANDS = {b"": Command(converts=lambda _: _CONVERSION)}
    FRAME = staticmethod(_frame)
    TAKES_EMPTY_WRITE = True
