"""An AHT20 by its commands (Aosong, AHT20 datasheet, "Sensor reading process" and status bits).

The AHT10's init command is also accepted. Each read sends the status first, also during a
conversion. The chip is uncalibrated until an init command; the datasheet allows this.
"""

from wherry_host.virtual.chips.command_chip import CommandChip
from wherry_host.virtual.chips.tables import Channel, Command, Conversion, Crc8

_CRC = Crc8(0x31, 0xFF)
_BUSY, _CALIBRATED = 0x80, 0x08
_CONVERSION = Conversion(("temperature", "humidity"), 80_000)
_INIT = Command(assigns={"status": 0x10 | _CALIBRATED}, busy_us=10_000)


def _frame(held):
    status = held["status"] | (_BUSY if held["is_busy"] else 0)
    bits = status << 40 | held["humidity"] << 20 | held["temperature"]
    return _CRC.closed(bits.to_bytes(6, "big"))


class Model(CommandChip):
    """One sensor on the bus."""

    name = "aht20"
    CHANNELS = (("temperature", 1), ("humidity", 1))
    ADDRESS = 0x38
    QUANTITIES = {
        "temperature": Channel(200 / (1 << 20), -50.0, raw_max=(1 << 20) - 1),
        "humidity": Channel(100 / (1 << 20), raw_max=(1 << 20) - 1),
    }
    HELD = {"status": 0x10}
    COMMANDS = {
        b"\x71": Command(),
        b"\xac\x33\x00": Command(converts=lambda _: _CONVERSION),
        b"\xba": Command(reset_us=20_000),
        b"\xbe\x08\x00": _INIT,
        b"\xe1\x08\x00": _INIT,
    }
    FRAME = staticmethod(_frame)
    FRAME_HEAD = 1
