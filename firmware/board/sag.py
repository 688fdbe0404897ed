"""Notes how far an upload pulls down the battery, measured at its end while the radio is on."""

from battery import Battery
from micropython import const
from wherry.power.level import Level
from wherry.stage.memory import CADENCE_AT, UPLINK_COUNT_MAX

_SAMPLE_COUNT = const(8)


def watch(link, stage, empty_mv, divider):
    """Make the link measure the battery before it closes; `divider` is the board's.

    The levels rise by the number of mV by which the lowest sample is below `empty_mv`.
    """
    close = link.close

    def measure_and_close():
        try:
            lowest_mv = min([Battery(divider).read_mv() for _ in range(_SAMPLE_COUNT)])
        except OSError:
            lowest_mv = empty_mv
        close()
        record = memoryview(stage.state.busy)[UPLINK_COUNT_MAX:CADENCE_AT]
        battery = Level(bytes(record))
        battery.note_load(lowest_mv, empty_mv)
        record[:] = battery.packed()
        stage.save()

    link.close = measure_and_close
