"""Chooses the cadence of a node on battery after each upload, by the voltage and the clock.

Loaded only if the configuration has a cadence.
"""

import struct
import time

from cell import voltage_mv
from chip import rtc_ms
from wherry.power.cadence import level_at, times_of, window_at
from wherry.stage.memory import (
    ALARMS_AT,
    CADENCE_AT,
    CADENCE_UNIT_MS,
    UPLINK_COUNT_MAX,
    UPLINK_SIZE,
)
from wherry.time.clock import Clock, next_due
from wherry.time.slot import upload_due

# The same as in sending/schedule/schedule.py.
_UPLINK_FORM = "<IB"


def watch(link, stage, settings):
    """Make the link choose the cadence after it has closed, with the radio off."""
    power, node, divider = settings["power"], settings["node"], settings["board"].get("battery")
    levels, windows = power["cadence"], power.get("windows") or ()
    offset_s = power.get("utc_offset_min", 0) * 60
    every = node["sample_every_ms"], node["send_every_ms"]
    close = link.close

    def close_and_decide():
        close()
        # A single level does not need the voltage.
        mv = voltage_mv(divider) if len(levels) > 1 else 0
        before = stage.state.busy[CADENCE_AT]
        level = max(0, (before & 15) - 1)
        if mv:
            level = level_at(levels, level, mv)
        choice = level + 1 | _window(stage, windows, offset_s) << 4
        if choice != before and (mv or len(levels) == 1 or before):
            times = times_of(choice, levels, windows)
            _say(mv, levels[level][4], choice >> 4, times)
            # The settings may have been read again since the start applied the last choice.
            before_ms = (times_of(before, levels, windows) or every)[0]
            _note(stage, choice, times, before_ms)
            _move_uploads(stage, node["name"], times)
            stage.save()

    link.close = close_and_decide


def _window(stage, windows, offset_s):
    """Return 1 + the number of the window that contains the local time, or 0 if none does."""
    if not windows or not stage.state.synced:
        return 0
    # No other Clock can be created here; see assemble.py. These methods only need the state.
    ticks = Clock.ticks(stage, rtc_ms())
    local_s = Clock.true_ms(stage, ticks) // 1000 + offset_s
    _, month, day, hour, minute = time.gmtime(local_s)[:5]
    return window_at(windows, hour * 60 + minute, month, day)


def _note(stage, choice, times, before_ms):
    """Store a choice, and move the next sample from the grid of `before_ms` to the new one."""
    state = stage.state
    state.busy[CADENCE_AT] = choice
    state.busy[CADENCE_AT + 1 : ALARMS_AT] = (times[0] // CADENCE_UNIT_MS).to_bytes(3, "big")
    # This takes effect at the next start: before it, the node samples at the previous cadence.
    now = rtc_ms() - state.zero_ms
    state.sample_due = next_due(stage, state.sample_due + times[0] - before_ms, times[0], now)


def _say(mv, name, window, times):
    where = "battery %d mV: %s" % (mv, name) if mv else "cadence: " + name
    if window:
        where += " in window %d" % window
    seconds = times[0] // 1000, times[1] // 1000
    print("%s, a row each %d s, an upload each %d s" % ((where,) + seconds))


def _move_uploads(stage, name, times):
    """Move the next upload of each uplink to the new slot, except after a failure."""
    state = stage.state
    due = upload_due(stage, name, times[0], times[1], rtc_ms() - state.zero_ms)
    due_s = (due + 999) // 1000
    uplinks = bytearray(state.uplinks)
    has_several = False
    for at in range(0, UPLINK_COUNT_MAX * UPLINK_SIZE, UPLINK_SIZE):
        stored_s, failures = struct.unpack_from(_UPLINK_FORM, uplinks, at)
        if stored_s:
            has_several = True
            if not failures:
                struct.pack_into("<I", uplinks, at, due_s)
    state.uplinks = bytes(uplinks)
    if not state.failures:
        # The due times of several uplinks are in seconds.
        state.send_due = due_s * 1000 if has_several else due
