"""The empty battery's voltage, at which a node on battery stops: docs/design/battery.md."""

from wherry.power.level import LOW_ABOVE_MV

from wherry_host.energy.cell import Cell, stop_mv
from wherry_host.energy.on_node import charge_settings

_USUAL_CAPACITY_MAH = 3000


def empty_mv(typed, board):
    """Return the voltage in mV at which a node's battery is empty, None if it is not watched.

    `typed` is a checked configuration, `board` is from boards.load(). The board's divider is used
    only if the configuration sets the voltage, because some boards come without the resistors.
    """
    power = typed["power"]
    given = power["empty_mv"]
    if power["source"] != "battery" or "battery" not in board or given == 0:
        return None
    is_measured = power["cadence"] or any(each["driver"] == "battery" for each in typed["sensor"])
    if given is None and is_measured and "dropout_mv" in board:
        given = stop_mv(board)
    # A cadence that switches off at a higher voltage uses the same mechanism.
    return max(given or 0, power["off_mv"] or 0) or None


def cell_of(typed, board, capacity_mah):
    """Return the Cell of a node's battery, which ends where the node or its board stops."""
    power = typed["power"]
    # Without a watched voltage, the board stops when its regulator does.
    unwatched_mv = 0 if power["empty_mv"] == 0 else stop_mv(board)
    end_mv = empty_mv(typed, board) or unwatched_mv
    capacity_mah = capacity_mah or power["capacity_mah"] or _USUAL_CAPACITY_MAH
    return Cell(capacity_mah, power["chemistry"], end_mv)


def power_section(typed, board):
    """Return the node's [power] section, with its levels and its charge if they are used."""
    power = {"source": typed["power"]["source"]}
    if typed["power"]["cadence"]:
        keys = ("cadence", "windows", "utc_offset_min")
        power |= {key: typed["power"][key] for key in keys if typed["power"][key]}
    mv = empty_mv(typed, board)
    power |= charge_settings(typed, board, mv)
    return power if mv is None else {**power, "empty_mv": mv, "low_mv": mv + LOW_ABOVE_MV}
