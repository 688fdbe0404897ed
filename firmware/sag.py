"""Notes how far an upload pulls the battery down. Loaded at its end, while the radio is on."""

from battery import Battery
from micropython import const
from wherry.power.level import Level

_SAMPLE_COUNT = const(8)


def note(stage, divider, empty_mv):
    """Have the levels rise by what the lowest sample lacks; `divider` is the board's."""
    lowest_mv = min([Battery(divider).read_mv() for _ in range(_SAMPLE_COUNT)])
    battery = Level(stage.state.battery)
    battery.note_load(lowest_mv, empty_mv)
    stage.state.battery = battery.packed()
    stage.save()
