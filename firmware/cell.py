"""One reading of a cell's voltage that a pin without a cell does not give. Loaded on demand."""

from battery import Battery
from micropython import const

# Not the driver's 8: so a witness of the pin can distinguish the two.
_SAMPLE_COUNT = const(7)
# A pin that floats: the samples of one reading differ by more.
_SPREAD_MV_MAX = const(200)


def voltage_mv(divider):
    """Return the median of some samples, 0 where they differ too much or the converter fails."""
    pin = Battery(divider)
    try:
        samples = sorted([pin.read_mv() for _ in range(_SAMPLE_COUNT)])
    except OSError:
        return 0
    # Single ones may be off.
    is_steady = samples[-2] - samples[1] <= _SPREAD_MV_MAX
    return samples[_SAMPLE_COUNT // 2] if is_steady else 0
