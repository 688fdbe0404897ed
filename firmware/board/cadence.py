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
            _note(stage, choice, times, times_of(before, levels, windows) or every)

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


def _note(stage, choice, times, every):
    """Store a choice, and move the due times by the difference from the previous cadence."""
    state = stage.state
    state.busy[CADENCE_AT] = choice
    state.busy[CADENCE_AT + 1 : ALARMS_AT] = (times[0] // CADENCE_UNIT_MS).to_bytes(3, "big")
    # This takes effect at the next start: before it, the node samples at the previous cadence.
    now = rtc_ms() - state.zero_ms
    state.sample_due = next_due(stage, state.sample_due + times[0] - every[0], times[0], now)
    _move_uploads(state, times[1] - every[1])
    stage.save()


def _say(mv, name, window, times):
    where = "battery %d mV: %s" % (mv, name) if mv else "cadence: " + name
    if window:
        where += " in window %d" % window
    seconds = times[0] // 1000, times[1] // 1000
    print("%s, a row each %d s, an upload each %d s" % ((where,) + seconds))


def _move_uploads(state, ms):
    """Move the next upload of each uplink, except an uplink in back-off after a failure."""
    if not state.failures:
        state.send_due += ms
    uplinks = bytearray(state.uplinks)
    for at in range(0, UPLINK_COUNT_MAX * UPLINK_SIZE, UPLINK_SIZE):
        due_s, failures = struct.unpack_from(_UPLINK_FORM, uplinks, at)
        if due_s and not failures:
            struct.pack_into("<I", uplinks, at, max(1, due_s + ms // 1000))
    state.uplinks = bytes(uplinks)
