"""The charge that a node has taken from its battery, and the days that are left.

docs/energy.md has the equations: each time is multiplied by its current in the board's profile.
Currents are in uA, charges in uAh. Loaded on demand.
"""

from micropython import const

from wherry.power.charge import AWAKE_AT, JOIN_AT, RADIO_AT, TIME_SIZE, WAITED_AT

_HOUR_MS = const(3_600_000)
_DAY_MS = const(86_400_000)


def used_uah(busy, elapsed_ms: int, currents: list) -> int:
    """Return the charge since power-on.

    `busy` is a field of the state. `currents` are the currents in these states: asleep, program
    running, program waiting, radio on, radio joining.
    """
    awake, waited, radio, join = [
        int.from_bytes(busy[at : at + TIME_SIZE], "big")
        for at in (AWAKE_AT, WAITED_AT, RADIO_AT, JOIN_AT)
    ]
    # The times of the current run are only partly counted.
    times = max(0, elapsed_ms - awake), max(0, awake - waited - radio), waited, radio - join, join
    return sum([ms * currents[i] for i, ms in enumerate(times)]) // _HOUR_MS


def days_left(uah: int, elapsed_ms: int, cell: list) -> int | None:
    """Return the days until the cell is empty at the average rate since power-on.

    `cell` is [usable uAh, uAh of self-discharge per day]. Returns None on the first day, because a
    start costs more than other hours.
    """
    if elapsed_ms < _DAY_MS:
        return None
    usable, lost = cell
    a_day = uah * _DAY_MS // elapsed_ms + lost
    left = usable - uah - lost * elapsed_ms // _DAY_MS
    return max(0, left) // max(1, a_day)
