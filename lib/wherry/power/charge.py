"""The times that a node's charge is counted from, in the state: all since power-on, in ms.

A part of the time awake is waited with the radio off, in another part the radio is on, and
joins in a part of that. See power/ledger.py for the charge itself.
"""

from micropython import const

from wherry.stage.memory import CHARGE_AT

# Places in the state's `busy`.
AWAKE_AT = CHARGE_AT
WAITED_AT = const(32)
RADIO_AT = const(38)
JOIN_AT = const(44)
TIME_SIZE = const(6)
# From a wake to the application's first line: docs/energy.md, t_boot.
BOOT_MS = const(70)


def count(busy: bytearray, at: int, ms: int) -> None:
    """Add to a time."""
    total = int.from_bytes(busy[at : at + TIME_SIZE], "big") + ms
    busy[at : at + TIME_SIZE] = total.to_bytes(TIME_SIZE, "big")
