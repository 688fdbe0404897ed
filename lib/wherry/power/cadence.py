"""The cadence of a node on battery: levels by the voltage of its cell, windows by the clock.

A level is [falling_mv, rising_mv, sample_ms, send_ms, name]; levels are sorted from the highest
voltage to the lowest. A window is [kind, from, to, sample_ms, send_ms]; both ends are in local
time, in minutes of the day if DAILY, in month * 32 + day if YEARLY. A choice is one byte: the
level's number + 1 in its low half, the window's number + 1 or 0 in the high half.
"""

from micropython import const

DAILY = const(0)
YEARLY = const(1)


def level_at(levels: list, before: int, mv: int) -> int:
    """Return the number of the level at a voltage; `before` is the number of the last level.

    A level is entered from below at `rising_mv` and left at `falling_mv`. The last level has no
    lower end.
    """
    for i, (falling_mv, rising_mv, _, _, _) in enumerate(levels):
        if mv >= (falling_mv if i >= before else rising_mv):
            return i
    return len(levels) - 1


def window_at(windows: list, minute: int, month: int, day: int) -> int:
    """Return the number + 1 of the first window that contains a local time, or 0 if none does.

    A DAILY window ends before its minute `to`, a YEARLY one at the end of its day `to`.
    """
    for i, (kind, begin, end, _, _) in enumerate(windows):
        now = minute if kind == DAILY else month * 32 + day
        end += kind
        if begin <= now < end or (begin >= end and not end <= now < begin):
            return i + 1
    return 0


def times_of(choice: int, levels: list, windows) -> tuple | None:
    """Return (sample_ms, send_ms) of a choice: each is the longer of the level's and the window's.

    Returns None if a number is from another configuration. `windows` is a list, or ().
    """
    number, window = choice & 15, choice >> 4
    if not 0 < number <= len(levels) or window > len(windows):
        return None
    times = tuple(levels[number - 1][2:4])
    if window:
        others = windows[window - 1][3:5]
        times = max(times[0], others[0]), max(times[1], others[1])
    return times
