"""An SCD40, SCD41 or SCD43 by its commands (Sensirion SCD4x datasheet, version 1.3, section 3).

A periodic measurement has its first result after 5 s. Later results, single shots, settings,
calibrations, and the lower accuracy of the first readings after power-on are not modelled.
"""

from wherry_host.virtual.chips.command_chip import CommandChip
from wherry_host.virtual.chips.tables import Channel, Command, Conversion, Crc8

_CRC = Crc8(0x31, 0xFF)
_CHANNELS = "co2", "temperature", "humidity"
# A measurement is logged as truth when a program requests it.
_CONVERSION = Conversion(_CHANNELS, 5_000_000, logged=())
_STOP_US = 500_000


def _is_stopping(held):
    return held["is_busy"] and not held["is_measuring"]


def _is_not_idle(held):
    return held["is_busy"] or held["is_measuring"]


def _has_nothing(held):
    return _is_stopping(held) or not held["is_new"]


def _state(held):
    return _CRC.word(0x8006 if held["is_new"] else 0x8000)


class Model(CommandChip):
    """One sensor on the bus."""

    name = "scd4x"
    CHANNELS = (("co2", 1), ("temperature", 1), ("humidity", 1))
    READY_US = 5_600_000
    ADDRESS = 0x62
    QUANTITIES = {
        "co2": Channel(1.0),
        "temperature": Channel(175 / 65535, -45.0),
        "humidity": Channel(100 / 65535),
    }
    HELD = {"is_measuring": 0}
    COMMANDS = {
        b"\x21\xb1": Command(
            converts=lambda _: _CONVERSION, assigns={"is_measuring": 1}, refused=_is_not_idle
        ),
        b"\xe4\xb8": Command(sends=_state, refused=_is_stopping, is_at_once=True),
        b"\xec\x05": Command(
            sends=lambda held: b"".join(_CRC.word(held[each]) for each in _CHANNELS),
            is_data=True,
            logged=_CHANNELS,
            refused=_has_nothing,
        ),
        b"\x3f\x86": Command(
            assigns={"is_measuring": 0}, busy_us=_STOP_US, refused=_is_stopping, ends=True
        ),
        b"\x36\x82": Command(
            sends=lambda _: b"".join(_CRC.word(each) for each in (0xF896, 0x9F07, 0x3BBE)),
            refused=_is_not_idle,
        ),
    }
