"""The times since power-on, in ms, from which a node's charge is calculated.

The time awake includes waiting with the radio off and the time with the radio on, which includes
the time to join. See power/ledger.py for the charge itself.
"""

from micropython import const

from wherry.stage.memory import CHARGE_AT

# Their offsets in the state's `busy`.
AWAKE_AT = CHARGE_AT
WAITED_AT = const(32)
RADIO_AT = const(38)
JOIN_AT = const(44)
TIME_SIZE = const(6)
# From a wake to the application's first line: docs/energy.md, t_boot.
BOOT_MS = const(70)


def count(busy: bytearray, at: int, ms: int) -> None:
    """Add `ms` to the time at offset `at`."""
    total = int.from_bytes(busy[at : at + TIME_SIZE], "big") + ms
    busy[at : at + TIME_SIZE] = total.to_bytes(TIME_SIZE, "big")
