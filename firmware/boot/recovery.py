"""Recovers the state of the last run: the state in RTC memory, the clock and the queue.

Loaded only at the start, before other modules, so that the memory it frees is contiguous.
"""

import chip
import machine
import rtc
from micropython import const
from wherry import free, small_file
from wherry.rows.frame import RICE, ROWS
from wherry.stage.memory import ALARMS_AT, CADENCE_AT
from wherry.stage.stage import Stage
from wherry.time.clock import Clock

# The queue's limit, because every append is slow when the filesystem is nearly full.
_FILL_LIMIT_PERCENT = const(85)
_QUEUE_SIZE_MIN = const(65_536)
_ENODEV = const(19)
# As in crash.py: rows may wait in RTC memory.
_STAGE = "/stage"


def recover(data, node, channels, own_count, board_data, feed):
    """Return (stage, clock, queue, after_accident), from the folder `data` and RTC memory.

    The last `own_count` of `channels` are the node's own. `node` and `board_data` are the sections
    of the settings, `feed` is the watchdog's. after_accident is False if the last run is known to
    have ended in an ordinary sleep, else the option `durability`, also if the battery is low.
    """
    for folder in ("/cursors", "/aside"):
        small_file.make_folder(data + folder)
    # If rows stay in RTC memory, they are coded so that as many as possible fit.
    stage_kind = RICE if node["durability"] == "stage" else ROWS
    stage = Stage(*rtc.rtc_memory(), len(channels), stage_kind, own_count)
    clock, hint = _go_on(stage, data, node["durability"] == "stage")
    slept = hint and machine.reset_cause() == machine.DEEPSLEEP_RESET
    after_accident = (not slept or any(rtc.mark(stage.buffer))) and node["durability"]
    if not slept:
        # Unload the modules of the stage and the clock: the queue may need more memory.
        free()
    kind = RICE if node["queue_coding"] == "rice" else ROWS
    if board_data.get("wlog_size"):
        ring = _ring(_partition(), data, node, channels, stage, hint, kind, own_count)
        return stage, clock, ring, after_accident
    from wherry.queue.queue import Queue

    # If segment heads are damaged, the queue may have to read all segments.
    Queue.idle = feed
    size = board_data["filesystem_size"] * _FILL_LIMIT_PERCENT // 100 - board_data["reserved_size"]
    size_max = max(size, _QUEUE_SIZE_MIN)
    size_max = min(size_max, node["queue_size_max"] or size_max)
    queue = Queue(data, channels, node["stamps"] == "ms", size_max, hint, kind, own_count)
    return stage, clock, queue, after_accident


def _partition():
    """Return the partition for the ring; raises OSError if the board does not have it."""
    import esp32

    found = esp32.Partition.find(esp32.Partition.TYPE_DATA, label="wlog")
    if not found:
        raise OSError(_ENODEV, "no partition wlog: run `wherry flash`, then `wherry deploy`")
    return found[0]


def _ring(partition, data, node, channels, stage, hint, kind, own_count):
    from wherry.ring.ring import Ring
    from wherry.stage.recovery import newest

    state = stage.state
    place = (state.ring_page, state.ring_at, state.ring_step) if state.ring_at else None
    ms = node["stamps"] == "ms"
    ring = Ring(
        partition,
        data,
        channels,
        ms,
        hint,
        place,
        newest(stage),
        kind,
        own_count,
    )
    if place:
        # Valid only until the next write: after an unexpected end, the next run searches instead.
        state.ring_at = 0
        stage.save()
    return ring


def _go_on(stage, data, is_staging):
    """Return the clock and the queue's hint, from RTC memory or for a new boot."""
    from wherry.time.anchors import load
    from wherry.time.rtc import goes_on

    state = stage.state
    rtc_ms = chip.rtc_ms()
    hint = None
    if state and goes_on(state, rtc_ms):
        hint = (state.next_row, state.readings, state.schema)
        if machine.reset_cause() != machine.DEEPSLEEP_RESET:
            # The settings may have changed: the next upload chooses the cadence.
            state.busy[CADENCE_AT:ALARMS_AT] = bytes(4)
        if machine.reset_cause() in (machine.HARD_RESET, machine.WDT_RESET):
            import crash

            state.crashes += not crash.was_excused(stage)
    else:
        state = stage.new_state()
        if not (is_staging or small_file.read(data + _STAGE)):
            # No row waited in RTC memory.
            state.gap = 0
    path = data + "/anchors"
    clock = Clock(state, path, load(path), stage.buffer)
    if not hint:
        clock.begin(_next_boot(data + "/boot", clock.anchors), rtc_ms)
        stage.save()
    return clock, hint


def _next_boot(path, anchors):
    """Return the next boot number, counted in flash; a number with an anchor is never reused."""
    boot = int.from_bytes(small_file.read(path) or b"", "little")
    boot = max([boot] + list(anchors)) + 1
    small_file.write(path, boot.to_bytes(4, "little"))
    return boot
