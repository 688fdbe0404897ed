"""Compare a configuration's supply, [power], with its board: the divider, the currents, the
regulator. Errors and doubts are (place, seen, remedy).
"""

from wherry_host.energy.cell import full_cell_mv, stop_mv


def supply_errors(typed, board, board_name):
    """Return an error for each key in [power] that needs a part or a figure the board lacks."""
    errors, power = [], _power(typed)
    if "battery" not in board:
        remedy = f"{board_name} has no battery divider: remove this key"
        errors += [(f"[power]: {key}", seen, remedy) for key, seen in of_divider(typed)]
    mah = power.get("capacity_mah")
    if mah and "sleep_current_ua" not in board:
        remedy = (
            f"the sleep current of {board_name} is unknown: remove this key, or measure it and"
            " give sleep_current_ua in your own board file (docs/boards.md)"
        )
        errors.append(("[power]: capacity_mah", str(mah), remedy))
    return errors


def supply_doubts(typed, board, board_name):
    """Return a warning if a full cell's voltage is too low for the board's regulator.

    With an `empty_mv` below that, the cell is connected differently, for example to the pin 3V3.
    """
    power = typed["power"]
    full_mv, least_mv = full_cell_mv(power["chemistry"]), stop_mv(board)
    is_other = power["empty_mv"] is not None and power["empty_mv"] < least_mv
    if power["source"] != "battery" or is_other or full_mv > least_mv:
        return []
    remedy = (
        f"{board_name} stops below {least_mv} mV, and a full {power['chemistry']} cell gives"
        f" {full_mv} mV: give another `chemistry`, or choose a board that needs less"
        " (docs/boards.md), or, if the cell does not feed the board's regulator, give empty_mv"
    )
    return [("[power]: source", '"battery"', remedy)]


def of_divider(typed):
    """Return (key, text that was seen) for each key in [power] that needs a divider."""
    power = _power(typed)
    mv, cadence = power.get("empty_mv"), power.get("cadence")
    found = [("empty_mv", str(mv))] if mv and isinstance(mv, int) else []
    # A cadence with one level needs no voltage; an unchecked cadence is still a string.
    return found + ([("cadence", "given")] if cadence and len(cadence) > 1 else [])


def _power(typed):
    """Return the section; {} if it is missing or malformed."""
    power = typed.get("power")
    return power if isinstance(power, dict) else {}
