"""Alarms: if a channel crosses a limit, or returns, the node sends immediately.

Loaded only if a section of the configuration sets limits. The last finding of each alarm is in the
state, so an alarm that lasts through a sleep is reported only once.
"""

from micropython import const

from wherry.stage.memory import ALARMS_AT, ALARMS_PENDING, ALARMS_PENDING_AT

_WITHIN = const(0)
_ABOVE = const(1)
_BELOW = const(2)
_SAID = ("within its alarm limits again", "above its alarm limit", "below its alarm limit")


def watch(sampler, state, entries: list, say) -> None:
    """Make a Sampler compare its readings with the limits.

    `entries` are (channel's index, name, above, below, hysteresis), values in units of the last
    decimal, or None without a limit; entry i uses bit pair i of the state's alarms. `say(text)`
    prints a line.
    """
    sample = sampler.sample

    def sample_and_compare(ticks, wait, *grid):
        taken = sample(ticks, wait, *grid)
        if _compare(sampler.rows, state.busy, entries, say):
            state.busy[ALARMS_PENDING_AT] |= ALARMS_PENDING
            state.send_due = min(state.send_due, ticks())
        return taken

    sampler.sample = sample_and_compare


def _compare(rows, record, entries, say):
    """Record the finding of each measured channel; return True if one has changed."""
    measured = _by_index(rows)
    has_changed = False
    for i, (index, name, above, below, hysteresis) in enumerate(entries):
        at, shift = ALARMS_AT + i // 4, i % 4 * 2
        before = record[at] >> shift & 3
        if index not in measured:
            continue
        found = _finding(measured[index], before, above, below, hysteresis)
        if found != before:
            record[at] ^= (before ^ found) << shift
            say("%s %s" % (name, _SAID[found]))
            has_changed = True
    return has_changed


def _by_index(rows):
    found = {}
    for mask, values in rows:
        index = 0
        for value in values:
            while not mask >> index & 1:
                index += 1
            found[index] = value
            index += 1
    return found


def _finding(value, before, above, below, hysteresis):
    if above is not None and value > above - (hysteresis if before == _ABOVE else 0):
        return _ABOVE
    if below is not None and value < below + (hysteresis if before == _BELOW else 0):
        return _BELOW
    return _WITHIN
