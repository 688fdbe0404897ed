"""A wake that only keeps a row in RTC memory, without queue, uplink and link.

It does the same as the node's turn in such a wake, with the same stage, clock and sampler. The
host links copies of their modules into one: docs/design.md, "A wake that only keeps a row".
"""

import time

import machine
from battery import Battery
from chip import Ports, rtc_ms
from micropython import const
from sensing import made
from settings import read
from wherry.rows.frame import RICE
from wherry.stage.memory import ALARMS_AT, CADENCE_AT, CADENCE_UNIT_MS, FULL_AT
from wherry.stage.stage import Stage
from wherry.time.clock import S_SPACING_MS_MIN, Clock, newest_ms, next_due
from wherry.time.setting import goes_on

# Below this a deep sleep costs more than it saves.
_SLEEP_MS_MIN = const(1_000)
_NEAR_MS = const(1_000)


def run(watchdog, is_empty=False):
    """Take a row and sleep; return if the node is needed.

    If the battery `is_empty`, only a full stage needs it; else one that may be low does as well.

    Nothing is saved by then, and the node measures again. If only the time until the next turn is
    too short for a sleep, the row and the state are saved.
    """
    settings = read()
    low_mv = 0 if is_empty else settings["power"].get("low_mv", 0)
    # The guard then measures it more carefully.
    try:
        if low_mv and Battery(settings["board"]["battery"]).read_mv() < low_mv:
            return
    except OSError:
        return
    channels = settings["channels"]
    stage = Stage(machine.mem_backup(), bool, channels["count"], RICE, channels["own_count"])
    state = stage.state
    # The loader takes the other slot if this one is damaged: its channels may differ.
    if not state or state.schema != channels["schema"] or not goes_on(state, rtc_ms()):
        return
    clock = Clock(state, "", {})

    def ticks():
        return clock.ticks(rtc_ms())

    # The node asks once the row is measured.
    is_old = stage.count and ticks() + _NEAR_MS >= state.flush_due
    if (is_old and not is_empty) or stage.at >= FULL_AT:
        return
    ports = Ports(watchdog, True, False, None)
    if ticks() >= state.sample_due and not _sample(settings, stage, clock, ticks, ports):
        return
    due = state.sample_due if is_empty else min(state.sample_due, state.send_due)
    state.saved_ticks = ticks()
    left_ms = due - state.saved_ticks
    if "currents" in settings["power"] and left_ms >= _SLEEP_MS_MIN:
        from wherry.power.charge import AWAKE_AT, BOOT_MS, count

        count(state.busy, AWAKE_AT, time.ticks_ms() + BOOT_MS)  # pyright: ignore
    stage.save()
    if left_ms >= _SLEEP_MS_MIN:
        if ports.rest:
            ports.rest(due + state.zero_ms)
        machine.deepsleep(left_ms)


def _sample(settings, stage, clock, ticks, ports):
    """Take a row into the stage; return False if it does not fit."""
    state, node = stage.state, settings["node"]
    every_ms = (
        int.from_bytes(state.busy[CADENCE_AT + 1 : ALARMS_AT]) * CADENCE_UNIT_MS
        or node["sample_every_ms"]
    )
    sampler = made(settings, ports, state)
    state.sample_due = next_due(state.sample_due, every_ms, ticks())
    begin = ticks()
    taken = sampler.sample(ticks, ports.wait_ms)
    if "currents" in settings["power"]:
        from wherry.power.charge import WAITED_AT, count

        # Nearly all of it is waiting.
        count(state.busy, WAITED_AT, ticks() - begin)
    state.sensor_errors += sampler.errors
    if not sampler.rows:
        return True
    # One row: a node with more channels than fit does not have this module.
    mask, values = sampler.rows[0]
    ms = node["stamps"] == "ms" or every_ms < S_SPACING_MS_MIN
    stamp = clock.stamp(taken, ms, state.last_ms)
    if not stage.count:
        state.flush_due = taken + node["stage_age_max_ms"]
    number = state.next_row + stage.count
    if not stage.append(number, *stamp, mask, values):
        return False
    state.last_ms = newest_ms(stamp, state.last_ms)
    ports.say("row %d: %d readings" % (number, len(values)))
    return True
