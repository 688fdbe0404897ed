"""An INA219 by its registers (Texas Instruments SBOS448G, sections 8.3.1 and 8.6) and a shunt.

A conversion takes its maximum time; the ready bit is 1 whenever no conversion runs. Continuous
conversions, the calibration, and the chip's own current and power are not modelled.
"""

from wherry_host.virtual.chips.register_chip import RegisterChip
from wherry_host.virtual.chips.tables import Channel, Computed, Conversion, Register

_CONFIGURATION, _SHUNT, _BUS = 0x00, 0x01, 0x02
_SHUNT_OHM = 0.1
# By resolution: one sample of 9 to 12 bits, or with bit 3 set, up to 128 samples.
_SAMPLE_US = 93, 163, 304, 586
# Modes 1 to 3; modes 5 to 7 are continuous.
_CHANNELS = {1: ("current",), 2: ("bus_voltage",), 3: ("current", "bus_voltage")}


def _busy_us(code):
    return _SAMPLE_US[3] << (code & 7) if code & 8 else _SAMPLE_US[code & 3]


def _conversion(content):
    configuration = content[_CONFIGURATION]
    channels = _CHANNELS.get(configuration & 7)
    if channels is None:
        return None
    codes = {"current": configuration >> 3 & 15, "bus_voltage": configuration >> 7 & 15}
    return Conversion(channels, sum(_busy_us(codes[each]) for each in channels))


class Model(RegisterChip):
    """One chip on the bus."""

    name = "ina219"
    CHANNELS = (("bus_voltage", 1), ("current", 1), ("power", 1))
    ADDRESS = 0x40
    QUANTITIES = {
        "bus_voltage": Channel(0.004, raw_max=8000),
        # In mA; a step is 10 uV across the shunt.
        "current": Channel(0.01 / _SHUNT_OHM, raw_min=-32_000, raw_max=32_000),
    }
    COMPUTED = {"power": Computed(lambda held: held["bus_voltage"] * held["current"])}
    REGISTERS = {
        _CONFIGURATION: Register(
            reset=0x399F,
            writable=0x3FFF,
            converts=_conversion,
            starts=0x0003,
            interrupts=True,
            resets=0x8000,
        ),
        _SHUNT: Register(channel="current", packed=lambda raw, _: raw & 0xFFFF),
        _BUS: Register(
            channel="bus_voltage",
            packed=lambda raw, _: raw << 3,
            idle=0x0002,
            is_last=False,
        ),
    }
    REFUSES = False
