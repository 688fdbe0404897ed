"""An ADS1115 by its registers (Texas Instruments SBAS444E, "Config Register").

A conversion takes its maximum time. Continuous conversions, differences of two inputs, the 6.144 V
range and the comparator are not modelled: their settings are kept but have no effect.
"""

from wherry_host.virtual.chips.register_chip import RegisterChip
from wherry_host.virtual.chips.tables import Channel, Conversion, Register

_RESULT, _CONFIGURATION = 0x00, 0x01
_RATES = 8, 16, 32, 64, 128, 250, 475, 860
# 16 bits in the 4.096 V range; the 0.256 V range has 4 more low bits.
_STEP_V = 0.256 / 32768
_BITS_BELOW = 4
# The slowest oscillator.
_SLOWNESS = 1.1


def _input(content):
    """Return the channel that the multiplexer selects."""
    return f"input_{content[_CONFIGURATION] >> 12 & 3}"


def _dropped(content):
    """Return the number of the finest range's bits that the selected range lacks."""
    gain = content[_CONFIGURATION] >> 9 & 7
    return _BITS_BELOW - min(gain - 1, _BITS_BELOW)


def _conversion(content):
    configuration = content[_CONFIGURATION]
    is_against_ground, is_single = configuration & 0x4000, configuration & 0x0100
    if not (is_against_ground and is_single and configuration >> 9 & 7):
        return None
    busy_us = round(_SLOWNESS * 1_000_000 / _RATES[configuration >> 5 & 7])
    channel = _input(content)
    return Conversion((channel,), busy_us, {channel: _dropped(content)})


def _result(raw, content):
    return min(max(raw >> _dropped(content), -0x8000), 0x7FFF) & 0xFFFF


class Model(RegisterChip):
    """One chip on the bus."""

    name = "ads1115"
    CHANNELS = tuple((f"input_{i}", 1) for i in range(4))
    IN_TURN = True
    ADDRESS = 0x48
    QUANTITIES = {
        f"input_{i}": Channel(
            _STEP_V, raw_min=-0x8000 << _BITS_BELOW, raw_max=0x7FFF << _BITS_BELOW
        )
        for i in range(4)
    }
    REGISTERS = {
        _RESULT: Register(channel=_input, packed=_result),
        _CONFIGURATION: Register(
            reset=0x0583,
            writable=0x7FFF,
            converts=_conversion,
            starts=0x8000,
            idle=0x8000,
            is_status=True,
        ),
        # The limits of the comparator.
        0x02: Register(reset=0x8000, writable=0xFFFF),
        0x03: Register(reset=0x7FFF, writable=0xFFFF),
    }
    REFUSES = False
