"""A measurement of a cell's voltage that detects a pin without a cell. Loaded on demand."""

from battery import Battery
from micropython import const

# The driver takes 8: a witness of the pin distinguishes the two by their numbers of samples.
_SAMPLE_COUNT = const(7)
# The samples of a floating pin differ by more than this.
_SPREAD_MV_MAX = const(200)


def voltage_mv(divider):
    """Return the median of some samples, or 0 if they differ too much or the converter fails."""
    pin = Battery(divider)
    try:
        samples = sorted([pin.read_mv() for _ in range(_SAMPLE_COUNT)])
    except OSError:
        return 0
    # Ignore single outliers.
    is_steady = samples[-2] - samples[1] <= _SPREAD_MV_MAX
    return samples[_SAMPLE_COUNT // 2] if is_steady else 0
