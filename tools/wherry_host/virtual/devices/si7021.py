"""An Si7021 by its commands (Silicon Labs Si7021-A20 datasheet, sections 5 and 6, table 2).

An HTU21D has the same measurement commands, formulas and CRC. Conversions take their maximum time.
In hold mode, the chip stretches the clock; the model answers immediately. The heater does not warm
the chip.
"""

from wherry_host.virtual.chips.command_chip import CommandChip
from wherry_host.virtual.chips.tables import Channel, Command, Conversion, Crc8

_CRC = Crc8(0x31, 0x00)
# {bits 7 and 0 of user register 1: bits and us of humidity, bits and us of temperature}.
_RESOLUTIONS = {
    0x00: (12, 12_000, 14, 10_800),
    0x01: (8, 3_100, 12, 3_800),
    0x80: (10, 4_500, 13, 6_200),
    0x81: (11, 7_000, 11, 2_400),
}


def _temperature(held):
    return held["temperature"] << 2


def _humidity(held):
    # The lowest two bits are always 10.
    return held["humidity"] << 2 | 2


def _measure_temperature(held):
    _, _, bits, busy_us = _RESOLUTIONS[held["user"] & 0x81]
    return Conversion(("temperature",), busy_us, {"temperature": 14 - bits})


def _measure_both(held):
    humidity_bits, humidity_us, bits, busy_us = _RESOLUTIONS[held["user"] & 0x81]
    dropped = {"humidity": 14 - humidity_bits, "temperature": 14 - bits}
    # The temperature is logged when a program requests it.
    return Conversion(tuple(dropped), humidity_us + busy_us, dropped, logged=("humidity",))


def _held_master(converts):
    """Return a conversion in which the chip makes the master wait."""

    def converts_at_once(held):
        known = converts(held)
        return Conversion(known.channels, 0, known.dropped, known.logged)

    return converts_at_once


def _measuring(converts, word):
    return Command(converts=converts, sends=lambda held: _CRC.word(word(held)), is_data=True)


class Model(CommandChip):
    """One sensor on the bus."""

    name = "si7021"
    CHANNELS = (("temperature", 1), ("humidity", 1))
    IN_TURN = True
    ADDRESS = 0x40
    QUANTITIES = {
        "temperature": Channel(175.72 / (1 << 14), -46.85, raw_max=(1 << 14) - 1),
        "humidity": Channel(125 / (1 << 14), -6 + 2 * 125 / (1 << 16), raw_max=(1 << 14) - 1),
    }
    HELD = {"user": 0x3A, "heater": 0x00}
    COMMANDS = {
        b"\xe3": _measuring(_held_master(_measure_temperature), _temperature),
        b"\xe5": _measuring(_held_master(_measure_both), _humidity),
        b"\xf3": _measuring(_measure_temperature, _temperature),
        b"\xf5": _measuring(_measure_both, _humidity),
        b"\xe0": Command(
            sends=lambda held: _temperature(held).to_bytes(2, "big"),
            is_data=True,
            logged=("temperature",),
        ),
        b"\xe6": Command(stores=("user", 0x85)),
        b"\xe7": Command(sends=lambda held: bytes((held["user"],))),
        b"\x51": Command(stores=("heater", 0x0F)),
        b"\x11": Command(sends=lambda held: bytes((held["heater"],))),
        b"\xfe": Command(reset_us=15_000),
        b"\xfa\x0f": Command(sends=lambda _: b"".join(_CRC.closed(b"%c" % i) for i in range(4))),
        # The first byte identifies an Si7021.
        b"\xfc\xc9": Command(sends=lambda _: _CRC.word(0x15FF) + _CRC.word(0xFFFF)),
        b"\x84\xb8": Command(sends=lambda _: b"\x20"),
    }
