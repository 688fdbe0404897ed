"""An HTU31D by its commands (TE Connectivity HTU31D datasheet, "Commands", "Conversion time").

A read during a conversion is not acknowledged. The heater does not warm the chip.
"""

from wherry_host.virtual.chips.command_chip import CommandChip
from wherry_host.virtual.chips.tables import Channel, Command, Conversion, Crc8

_CRC = Crc8(0x31, 0x00)
_CONVERT = 0x40
# By oversampling: bits 2 and 1 of the command for temperature, bits 4 and 3 for humidity.
_TEMPERATURE_US = (1_600, 3_100, 6_100, 12_100)
_HUMIDITY_US = (1_000, 2_000, 3_900, 7_800)


def _measuring(busy_us):
    conversion = Conversion(("temperature", "humidity"), busy_us)
    return Command(converts=lambda _: conversion)


def _humidity(held):
    return _CRC.word(held["humidity"])


class Model(CommandChip):
    """One sensor on the bus."""

    name = "htu31d"
    CHANNELS = (("temperature", 1), ("humidity", 1))
    ADDRESS = 0x40
    QUANTITIES = {
        "temperature": Channel(165 / 65535, -40.0),
        "humidity": Channel(100 / 65535),
    }
    HELD = {"heater": 0}
    COMMANDS = {
        bytes((_CONVERT | j << 3 | i << 1,)): _measuring(temperature_us + humidity_us)
        for i, temperature_us in enumerate(_TEMPERATURE_US)
        for j, humidity_us in enumerate(_HUMIDITY_US)
    } | {
        b"\x00": Command(
            sends=lambda held: _CRC.word(held["temperature"]) + _humidity(held), is_data=True
        ),
        b"\x10": Command(sends=_humidity, is_data=True),
        b"\x04": Command(assigns={"heater": 1}),
        b"\x02": Command(assigns={"heater": 0}),
        # The diagnostic register; as there are no errors, only the heater's bit may be set.
        b"\x08": Command(sends=lambda held: _CRC.closed(bytes((held["heater"],)))),
        b"\x0a": Command(sends=lambda _: _CRC.closed(b"\x12\x34\x56")),
        b"\x1e": Command(reset_us=15_000),
    }
