"""The voltage of an empty battery: what a node on battery stops at, see docs/design.md."""

from wherry.power.level import LOW_ABOVE_MV

from wherry_host.energy.on_node import charge_settings

# A chip of 3.3 V works down to 3.0 V; 100 mV are left for the converter's error and for the cell's
# resistance.
_BELOW_DROPOUT_MV = 200


def empty_mv(typed, board):
    """Return the voltage in mV at which a node's battery is empty; None where it is not watched.

    `typed` is a checked configuration, `board` that of boards.load(). The board's divider is only
    relied on where the configuration asks for the voltage: on some boards its resistors are
    missing.
    """
    power = typed["power"]
    given = power["empty_mv"]
    if power["source"] != "battery" or "battery" not in board or given == 0:
        return None
    is_measured = power["cadence"] or any(each["driver"] == "battery" for each in typed["sensor"])
    if given is None and is_measured and "dropout_mv" in board:
        given = board["dropout_mv"] - _BELOW_DROPOUT_MV
    # A cadence that is off at a higher voltage is so by the same means.
    return max(given or 0, power["off_mv"] or 0) or None


def settled(typed, board):
    """Return the section [power] as a node has it: its levels and its charge where they count."""
    power = {"source": typed["power"]["source"]}
    if typed["power"]["cadence"]:
        keys = ("cadence", "windows", "utc_offset_min")
        power |= {key: typed["power"][key] for key in keys if typed["power"][key]}
    mv = empty_mv(typed, board)
    power |= charge_settings(typed, board, mv)
    return power if mv is None else {**power, "empty_mv": mv, "low_mv": mv + LOW_ABOVE_MV}
