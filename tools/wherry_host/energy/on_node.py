"""The settings with which a node counts its charge: its board's currents, and its cell."""

from wherry.health_channels import CHARGE_CHANNELS

from wherry_host.energy.cell import Cell
from wherry_host.energy.profile import profile_of

# In the order of power/ledger.py.
_CURRENTS = "sleep", "cpu", "wait", "radio", "join"


def charge_settings(typed, board, empty_mv):
    """Return the [power] settings for firmware/board/charge.py, {} without a capacity.

    `board` is from boards.load() and has a sleep current, see config/needs.py. The node stops at
    `empty_mv`; None means that the voltage is not watched.
    """
    power = typed["power"]
    if not power["capacity_mah"]:
        return {}
    p = profile_of(board).usual()
    cell = Cell(power["capacity_mah"], power["chemistry"], empty_mv or 0)
    currents = _thousandths(*(p[f"{name}_ma"] for name in _CURRENTS))
    return {
        "currents": currents,
        "cell": _thousandths(cell.left_mah, cell.lost_mah),
        "channels": CHARGE_CHANNELS,
    }


def usual_of(typed, board):
    """Return a board's Profile.usual() if the node counts its charge, else {}."""
    return profile_of(board).usual() if typed["power"]["capacity_mah"] else {}


def _thousandths(*values):
    return [round(value * 1000) for value in values]
