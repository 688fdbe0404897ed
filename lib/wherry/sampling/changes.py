"""Report on change: a value near the last one kept is omitted from its row.

Loaded only if a section of the configuration has `report_change`. The values kept last are in the
state, so they survive a deep sleep; after any other boot, the whole first sample is kept.
"""

from micropython import const

from wherry.reading import VALUE_MAX
from wherry.stage.memory import (
    ALARMS_AT,
    ALARMS_PENDING,
    ALARMS_PENDING_AT,
    BSSID_AT,
    PERIOD_AT,
    SILENT_AT,
    VALUES_AT,
)

# For each entry the state has its value + VALUE_MAX + 1, or 0 if not known, in four bytes, the
# highest first. The highest bit is set if the next value must be kept.
_SIZE = const(4)
_IS_DUE = const(128)


def forget(record) -> None:
    """Forget the values kept last, so that all of the next sample is kept."""
    record[PERIOD_AT:SILENT_AT] = bytes(SILENT_AT - PERIOD_AT)


def watch(sampler, state, entries: list, every_ms: int, say) -> None:
    """Make a Sampler keep only values that have changed.

    `entries` are (channel's index, name, the least change in units of the last decimal, True if a
    change is sent immediately). The first value in each `every_ms`, of the true time once it is
    known, is kept, and all values when an alarm begins or ends. `say(text)` prints a line.
    """
    sample = sampler.sample

    def sample_and_leave_out(ticks, wait, *grid):
        record = state.busy
        alarms = bytes(record[ALARMS_AT:BSSID_AT])
        taken = sample(ticks, wait, *grid)
        at = _middle(*grid) if grid else taken
        period = (at // every_ms & 0xFFFF).to_bytes(2, "big")
        if record[PERIOD_AT:VALUES_AT] != period:
            record[PERIOD_AT:VALUES_AT] = period
            for i in range(len(entries)):
                record[VALUES_AT + _SIZE * i] |= _IS_DUE
        is_whole = record[ALARMS_AT:BSSID_AT] != alarms
        had_values = bool(sampler.rows)
        sampler.rows, urgent = _changed(sampler.rows, record, entries, is_whole)
        if urgent:
            say("%s changed: sending at once" % ", ".join(urgent))
            record[ALARMS_PENDING_AT] |= ALARMS_PENDING
            state.send_due = min(state.send_due, ticks())
        elif had_values and not sampler.rows:
            say("no row: no value has changed by its report_change")
        return taken

    sampler.sample = sample_and_leave_out


def _middle(clock, sample_every_ms):
    """Return the middle of a sample's place in the grid: a late sample is in the same period."""
    due = clock.state.sample_due
    return (clock.true_ms(due) if clock.state.synced else due) - sample_every_ms // 2


def _changed(rows, record, entries, is_whole):
    """Return the rows without the unchanged values, and the names of urgent channels."""
    places = {entry[0]: i for i, entry in enumerate(entries)}
    found = []
    urgent = []
    for mask, values in rows:
        index = kept_mask = 0
        kept = []
        for value in values:
            while not mask >> index & 1:
                index += 1
            has_changed = True
            if index in places:
                i = places[index]
                has_changed = _note(record, i, value, entries[i], is_whole, urgent)
            if has_changed:
                kept_mask |= 1 << index
                kept.append(value)
            index += 1
        if kept:
            found.append((kept_mask, kept))
    return found, urgent


def _note(record, i, value, entry, is_whole, urgent):
    """Return True if a value is kept; record it, and the name of an urgent channel."""
    _, name, change, at_once = entry
    at = VALUES_AT + _SIZE * i
    now = value + VALUE_MAX + 1
    is_due = record[at] & _IS_DUE
    record[at] &= ~_IS_DUE
    before = int.from_bytes(record[at : at + _SIZE], "big")
    has_changed = not before or abs(now - before) >= change
    if before and has_changed and at_once:
        urgent.append(name)
    if not (has_changed or is_due or is_whole):
        return False
    record[at : at + _SIZE] = now.to_bytes(_SIZE, "big")
    return True
