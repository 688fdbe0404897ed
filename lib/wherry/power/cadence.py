"""The levels of a cadence: how often a node on battery samples and sends at a voltage of its cell.

A level is [falling_mv, rising_mv, sample_ms, send_ms, name]; levels are sorted from the highest
voltage to the lowest.
"""


def level_at(levels: list, before: int, mv: int) -> int:
    """Return the number of the level at a voltage, if the one before had the number `before`.

    A level is entered from below at `rising_mv` and left at `falling_mv`. The last one has no
    lower end.
    """
    for i, (falling_mv, rising_mv, _, _, _) in enumerate(levels):
        if mv >= (falling_mv if i >= before else rising_mv):
            return i
    return len(levels) - 1
