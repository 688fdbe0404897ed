"""Measures the battery before a wake writes or sends anything, and sleeps again if it is empty.

Only the slot of a node on battery has this module, and only if the voltage of an empty battery is
known.
"""

import time

import machine
from cell import voltage_mv
from micropython import const
from rtc import put_mark, rtc_memory
from wherry import small_file
from wherry.power.level import EMPTY, LOW, NORMAL_ABOVE_MV, OFF, Level, key_of
from wherry.stage.memory import BATTERY_AT
from wherry.stage.newest import newest_copy
from wherry.stage.rewrite import rewrite

# Holds the key of the protection, once the battery was seen at the voltage for normal use.
_SEEN = "/data/battery"
# As in crash.py: rows may wait in RTC memory.
_STAGE = "/data/stage"
# The mark in RTC memory after which a good turn is reported: see crash.py.
_IN_USE = b"used"
_READING_COUNT = const(3)
_READING_MS = const(50)
_BATTERY_SIZE = const(6)


def check(settings, watchdog):
    """Return whether the battery is low; if it is empty, keep a row in RTC memory and sleep.

    `settings` are the slot's, `watchdog` is a machine.WDT.
    """
    empty_mv, divider = settings["power"]["empty_mv"], settings["board"]["battery"]
    memory, flush = rtc_memory()
    copy = newest_copy(memory)[1]
    kept = bytes(copy[BATTERY_AT : BATTERY_AT + _BATTERY_SIZE]) if copy else bytes(_BATTERY_SIZE)
    battery = Level(kept)
    if not copy and machine.reset_cause() == machine.DEEPSLEEP_RESET:
        # The battery was empty at power-on, and the node has slept since.
        battery.level, battery.waits = OFF, 255
    readings = _readings(divider, battery, empty_mv)
    if not readings:
        print("battery: the divider's pin is not connected; the voltage is not watched")
        return False
    if not _is_armed(battery, key_of(empty_mv, divider), min(readings) - empty_mv):
        return False
    level = battery.level
    if len(readings) == _READING_COUNT:
        level = battery.after(readings, empty_mv)
    if level != battery.level:
        print("battery %d mV: %s" % (readings[-1], ("in use", "low", "empty", "off")[level]))
    was_empty, battery.level = battery.level >= EMPTY, level
    if level < EMPTY:
        battery.waits = 0
        if was_empty:
            # Once the rows are in flash, the end of the turn removes the note.
            put_mark(memory, _IN_USE)
    if battery.packed() != kept:
        _save(memory, flush, battery)
    if level == EMPTY and "channels" in settings and hasattr(machine, "mem_backup"):
        if copy and not was_empty:
            _note_empty()
        # This sleeps until the next row if RTC memory has room for the current one.
        import row_wake

        row_wake.run(watchdog, True)
    if level >= EMPTY:
        wait_ms = battery.wait_ms()
        _save(memory, flush, battery)
        print("battery empty: its voltage is measured again in %d min" % (wait_ms // 60_000))
        machine.deepsleep(wait_ms)
    return level == LOW


def _readings(divider, battery, empty_mv):
    """Return the measured voltages: several if the first one would change the level.

    Voltages that are implausible while the chip runs are left out.
    """
    readings = []
    for _ in range(_READING_COUNT):
        mv = voltage_mv(divider)
        if mv * 2 >= empty_mv:
            readings.append(mv)
            if battery.after(readings, empty_mv) == battery.level:
                break
        time.sleep_ms(_READING_MS)
    return readings


def _note_empty():
    """Let the next start record a gap if the power fails; this is the only write meanwhile."""
    try:
        if not small_file.read(_STAGE):
            small_file.write(_STAGE, b"\1")
    except OSError as error:
        print("battery: flash write failed, note not written:", error)


def _is_armed(battery, key, above_mv):
    """Return whether the battery was ever measured at a normal voltage.

    Before that, the node is not put to sleep: a wrong divider must not silence it.
    """
    if battery.key == key:
        return True
    content = key.to_bytes(2, "little")
    if small_file.read(_SEEN) != content:
        if above_mv < NORMAL_ABOVE_MV:
            return False
        small_file.make_folder("/data")
        small_file.write(_SEEN, content)
    battery.key = key
    return True


def _save(memory, flush, battery):
    """Save a battery in the newest state: a row may have been kept since the measurement."""
    sequence, copy = newest_copy(memory)
    if copy:
        rewrite(memory, sequence, copy, BATTERY_AT, battery.packed())
        flush()
