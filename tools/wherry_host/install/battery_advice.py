"""Advice about boards on a battery, from their files: current asleep, regulator, divider."""

from wherry_host.config import boards
from wherry_host.energy.cell import full_cell_mv, stop_mv

# At most this current in deep sleep lets one cell last for months.
_SLEEP_UA_MAX = 100
# The voltage of a full Li-ion cell.
_CELL_MV_MAX = full_cell_mv("li-ion")


def sleep_known(name):
    """Return True if the board's current in deep sleep is known, as `wherry battery` needs it."""
    return "sleep_current_ua" in boards.load(name)


def is_suited(name):
    """Return True if the board is known to draw little in deep sleep."""
    return boards.load(name).get("sleep_current_ua", _SLEEP_UA_MAX + 1) <= _SLEEP_UA_MAX


def suited_line():
    """Return a line that lists the real boards that draw little in deep sleep."""
    names = (name for name in boards.names() if not name.startswith(boards.VIRTUAL))
    found = sorted(
        (boards.load(name)["sleep_current_ua"], name) for name in names if is_suited(name)
    )
    listed = ", ".join(f"{name} ({current_ua} µA)" for current_ua, name in found)
    return f"For a battery, boards that draw little in deep sleep: {listed}."


def board_lines(name):
    """Yield lines about a board on a battery: what limits it, and how its voltage is measured."""
    board = boards.load(name)
    if not sleep_known(name):
        yield f"The current of {name} in deep sleep is unknown."
    elif not is_suited(name):
        yield f"{name} draws {board['sleep_current_ua']} µA in deep sleep."
    least_mv = stop_mv(board)
    if least_mv >= _CELL_MV_MAX:
        yield f"{name} stops below {least_mv} mV; a full Li-ion cell gives {_CELL_MV_MAX} mV."
    if "battery" in board:
        pin = board["battery"]["adc_pin"]
        yield (
            f"The cell's voltage is measured on GPIO {pin}, which needs two resistors "
            "(docs/boards.md); without them, remove the sensor `battery`."
        )
    else:
        yield f"{name} has no battery divider: the node does not measure the cell's voltage."
