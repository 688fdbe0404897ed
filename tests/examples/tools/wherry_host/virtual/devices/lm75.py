"""An LM75A by its registers (NXP LM75A, revision 5, sections 7.4 and 11).

It converts all the time unless it is shut down. The overtemperature output is not modelled.
"""

from wherry_host.virtual.chips.register_chip import RegisterChip
from wherry_host.virtual.chips.tables import Channel, Cycle, Register

_TEMPERATURE, _CONFIGURATION = 0, 1
_SHUTDOWN = 0x01
_CONVERSION_US, _PERIOD_US = 10_000, 100_000


def _cycle(content):
    return None if content[_CONFIGURATION] & _SHUTDOWN else Cycle(_CONVERSION_US, _PERIOD_US)


class Model(RegisterChip):
    """One sensor on the bus."""

    name = "lm75"
    CHANNELS = (("temperature", 1),)
    ADDRESS = 0x48
    QUANTITIES = {"temperature": Channel(1 / 8, raw_min=-1024, raw_max=1023)}
    REGISTERS = {
        _TEMPERATURE: Register(
            channel="temperature", packed=lambda raw, _: raw << 5 & 0xFFFF, is_reading=True
        ),
        _CONFIGURATION: Register(size=1, writable=0x1F, restarts=True),
        2: Register(reset=0x4B00, writable=0xFF80),
        3: Register(reset=0x5000, writable=0xFF80),
    }
    CYCLE = staticmethod(_cycle)
