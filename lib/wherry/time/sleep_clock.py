"""The clock that counts in deep sleep: its drift at the chip's temperature, and how far it may be.

An RC oscillator counts in deep sleep. Its drift is taken as linear in the temperature; drift.py
learns it. The values are in RTC memory, with a CRC32 after them.
"""

import struct
from binascii import crc32

from micropython import const

from wherry.stage.memory import SLEEP_CLOCK_AT, UNCERTAINTY_AT

# The uncertainty of the drift in ppm; the drift at 0 °C in ppm, and by how much it rises per
# kelvin, in 1/64 ppm; since the time was learned, the sum of the chip's mean temperatures from
# wake to wake, in 1/2 °C, and their count; the last temperature in °C; the mean of those at which
# the drift was learned in °C, and how far they are around it, in K.
_FORM = "<HhhiHbbB"
_SIZE = const(15)
# The last temperature of a chip that is always awake: its crystal counts.
UNFELT = const(-128)
# An oscillator that drifts more is broken.
PPM_MAX = const(5_000)
# The least uncertainty of a drift: of the crystal of an awake chip, or of the learned line.
PPM_MIN = const(20)
# The uncertainty of a drift for each kelvin beyond the temperatures at which it was learned.
_PPM_PER_K = const(30)
SLOPE_SCALE = const(64)
_COUNT_MAX = const(0xFFFF)


def feel(clock, celsius: int) -> None:
    """Note the chip's temperature at a wake; the drift becomes that of the mean."""
    ppm, drift, slope, total, count, last, mean, spread = values(clock)
    if last == UNFELT:
        # Another clock counted until now: the crystal, or one whose values were damaged.
        ppm, last = PPM_MAX, celsius
    if count == _COUNT_MAX:
        total, count = total // 2, count // 2
    put(clock, ppm, drift, slope, total + celsius + last, count + 1, celsius, mean, spread)


def stay_awake(clock) -> None:
    """Forget what was learned of a clock that no longer counts, because the chip is awake."""
    if values(clock)[5] != UNFELT:
        put(clock, PPM_MAX, 0, 0, 0, 0, UNFELT, 0, 0)


def values(clock) -> tuple:
    """Return the values in RTC memory, or those of an unknown clock."""
    content = bytes(clock.memory[SLEEP_CLOCK_AT : SLEEP_CLOCK_AT + _SIZE + 4])
    if crc32(content[:_SIZE]) != int.from_bytes(content[_SIZE:], "little"):
        # The clock must not jump, so its last drift stays.
        return PPM_MAX, clock.state.drift_ppm, 0, 0, 0, UNFELT, 0, 0
    return struct.unpack(_FORM, content[:_SIZE])


def put(clock, ppm, drift, slope, total, count, last, mean, spread) -> None:
    """Set the values, and the drift that follows from them; the stage's `save` keeps them."""
    content = struct.pack(_FORM, ppm, drift, slope, total, count, last, mean, spread)
    content += crc32(content).to_bytes(4, "little")
    clock.memory[SLEEP_CLOCK_AT : SLEEP_CLOCK_AT + _SIZE + 4] = content
    if last != UNFELT:
        total, count = (total, count) if count else (2 * last, 1)
        drift += slope * total // (2 * SLOPE_SCALE * count)
    clock.state.drift_ppm = max(-PPM_MAX, min(PPM_MAX, drift))


def uncertainty_ms(clock, ticks: int) -> int:
    """Return by how much the clock may be wrong at ticks of this boot; valid only if synced."""
    ppm, _, _, total, count, _, mean, spread = values(clock)
    if count:
        # Half a kelvin is the rounding of the mean.
        beyond = abs(total // count - 2 * mean) - 2 * spread - 1
        ppm = min(PPM_MAX, ppm + max(0, beyond) * _PPM_PER_K // 2)
    return learned_ms(clock.state) + (ticks - clock.state.ref_ticks) * ppm // 1_000_000


def learned_ms(state) -> int:
    """Return the uncertainty of the last time learned."""
    return int.from_bytes(state.busy[UNCERTAINTY_AT:], "big")
