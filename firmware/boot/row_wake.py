"""A wake that only keeps a row, in RTC memory or the row file, without queue, uplinks and link.

The code here does the same as the node's turn, with the same stage, clock and sampler. The host
links copies of these modules into one file: docs/design/battery.md, "A wake that only keeps a
row".
"""

import time

import machine
from battery import Battery
from chip import Ports, felt, rtc_ms
from micropython import const
from sensing import made
from settings import read
from wherry.queue.layout import INLINE_SIZE_MAX
from wherry.queue.open_frame import resume
from wherry.rows.form import is_rows
from wherry.rows.frame import RICE, frame_size
from wherry.rows.mask import count_bits
from wherry.rows.put import put_row
from wherry.rows.writer import RowsWriter
from wherry.stage.memory import ALARMS_AT, CADENCE_AT, CADENCE_UNIT_MS, FULL_AT
from wherry.stage.stage import Stage
from wherry.time.clock import S_SPACING_MS_MIN, Clock, newest_ms, next_due
from wherry.time.rtc import goes_on
from wherry.time.sleep_clock import feel

# A deep sleep shorter than this costs more than it saves.
_SLEEP_MS_MIN = const(1_000)
_NEAR_MS = const(1_000)
# The same as in assemble.py's queue.
_ROW_PATH = "/data/rows/open"


def run(watchdog, is_empty=False):
    """Take a row and sleep; return if the node is needed.

    If the battery `is_empty`, only a full stage needs the node; otherwise a possibly low battery
    needs it as well.

    If this function returns, nothing is saved, and the node measures again. The row and the state
    are saved if the time until the next turn is too short for a sleep, or if the row file has no
    room: the node then finds the row in RTC memory.
    """
    settings = read()
    low_mv = 0 if is_empty else settings["power"].get("low_mv", 0)
    # If the battery is low, the guard measures it more carefully.
    try:
        if low_mv and Battery(settings["board"]["battery"]).read_mv() < low_mv:
            return
    except OSError:
        return
    channels = settings["channels"]
    stage = Stage(machine.mem_backup(), bool, channels["count"], RICE, channels["own_count"])
    state = stage.state
    # The loader switches slots if one is damaged: the channels may differ from the state's.
    if not state or state.schema != channels["schema"] or not goes_on(state, rtc_ms()):
        return
    clock = Clock(state, "", {}, stage.buffer)

    def ticks():
        return clock.ticks(rtc_ms())

    # The node checks this after the measurement, a little later.
    is_old = stage.count and ticks() + _NEAR_MS >= state.flush_due
    if (is_old and not is_empty) or stage.at >= FULL_AT:
        return
    ports = Ports(watchdog, True, False, None)
    is_staging = is_empty or settings["node"]["stage_age_max_ms"]
    writer = None
    if "row_kind" in channels and not is_staging:
        writer = _row_file(channels, state)
        if stage.count or state.gap or not writer:
            return
    if ticks() >= state.sample_due:
        feel(clock, felt())
        row = _measured(settings, state, clock, ticks, ports)
        if row and not _keep(settings, stage, writer, ports, *row):
            return
    due = state.sample_due if is_empty else min(state.sample_due, state.send_due)
    state.saved_ticks = ticks()
    left_ms = due - state.saved_ticks if is_staging or not stage.count else 0
    if "currents" in settings["power"] and left_ms >= _SLEEP_MS_MIN:
        from wherry.power.charge import AWAKE_AT, BOOT_MS, count

        count(state.busy, AWAKE_AT, time.ticks_ms() + BOOT_MS)  # pyright: ignore
    stage.save()
    if left_ms >= _SLEEP_MS_MIN:
        if ports.rest:
            ports.rest(due + state.zero_ms)
        machine.deepsleep(left_ms)


def _measured(settings, state, clock, ticks, ports):
    """Return (ticks, put_row's arguments after the row number), or None without any value."""
    node = settings["node"]
    every_ms = (
        int.from_bytes(state.busy[CADENCE_AT + 1 : ALARMS_AT]) * CADENCE_UNIT_MS
        or node["sample_every_ms"]
    )
    sampler = made(settings, ports, state)
    state.sample_due = next_due(clock, state.sample_due, every_ms, ticks())
    begin = ticks()
    taken = sampler.sample(ticks, ports.wait_ms, clock, every_ms)
    if "currents" in settings["power"]:
        from wherry.power.charge import WAITED_AT, count

        # Nearly all of this time is waiting.
        count(state.busy, WAITED_AT, ticks() - begin)
    state.sensor_errors += sampler.errors
    if not sampler.rows:
        return None
    ms = node["stamps"] == "ms" or every_ms < S_SPACING_MS_MIN
    stamp = clock.stamp(taken, ms, state.last_ms)
    state.last_ms = newest_ms(stamp, state.last_ms)
    # A single row: a node with more channels than fit in one does not have this module.
    return taken, stamp + sampler.rows[0]


def _keep(settings, stage, writer, ports, ticks, row):
    """Keep a row in the row file if there is a `writer`; otherwise or on failure, in the stage.

    Return False if the stage cannot keep it either.
    """
    state = stage.state
    number = state.next_row + stage.count
    is_queued = False
    if "row_kind" in settings["channels"] and writer:
        is_queued = _append(writer, state, row)
    if not is_queued:
        if not stage.count:
            age_ms = settings["node"]["stage_age_max_ms"]
            # The same as in Node.
            state.flush_due = ticks + age_ms - (age_ms >> 7)
        if not stage.append(number, *row):
            return False
    if is_queued or not writer:
        # If neither is true, the node reports the row once it is in the queue.
        ports.say("row %d: %d readings" % (number, len(row[-1])))
    return True


def _row_file(channels, state):
    """Return a RowsWriter that continues the row file's frame.

    Return None if the frame does not end at the state's next row: the queue then handles it.
    """
    kind, own_count = channels["row_kind"], channels["own_count"]
    writer = RowsWriter(channels["count"], INLINE_SIZE_MAX, kind, own_count)
    try:
        with open(_ROW_PATH, "rb") as file:
            frame = file.read()
    except OSError:
        return None
    size = frame_size(frame, 0, len(frame))
    is_whole = size and size == len(frame) and is_rows(frame[0])
    if is_whole and resume(writer, frame) >= 0 and writer.row + writer.count == state.next_row:
        return writer
    return None


def _append(writer, state, row):
    """Add a row to the row file; return False if the flash fails or the frame is full."""
    if not put_row(writer, state.next_row, *row):
        return False
    try:
        with open(_ROW_PATH, "wb") as file:
            file.write(memoryview(writer.buffer)[: writer.close()])
    except OSError:
        return False
    state.next_row += 1
    state.readings += count_bits(row[-2])
    return True
