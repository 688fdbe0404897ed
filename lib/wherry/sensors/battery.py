"""The battery's voltage, as the board measures it."""

from micropython import const

OPTIONS = {}
CHANNELS = (("battery_voltage", "V", 3),)

_SAMPLE_COUNT = const(8)
# A quarter of the samples is discarded at each end: radio bursts lower single samples.
_TRIMMED_COUNT = const(2)


def trimmed_mean(samples: list) -> int:
    """Return the rounded mean of the samples without the lowest two and the highest two."""
    middle = sorted(samples)[_TRIMMED_COUNT:-_TRIMMED_COUNT]
    return (2 * sum(middle) + len(middle)) // (2 * len(middle))


class Sensor:
    """Reads `board.battery_mv()`, in which the board's divider is accounted for."""

    def __init__(self, options: dict, board):
        self._battery_mv = board.battery_mv

    def start(self, anew: bool) -> int:
        """Return 0, the milliseconds until `read`."""
        return 0

    def read(self) -> list:
        """Return [(0, millivolts)]; OSError if nothing is connected."""
        battery_mv = trimmed_mean([self._battery_mv() for _ in range(_SAMPLE_COUNT)])
        if battery_mv <= 0:
            raise OSError("%d mV, the pin is not connected" % battery_mv)
        return [(0, battery_mv)]
