"""Handles runs that end without a completed turn: after each one in a row, the sleep is longer.

The firmware's own errors are recorded in flash. On battery, power-ons are counted as well:
MicroPython reports a brown-out as a power-on, and switching the radio on immediately would repeat
the brown-out.
"""

import os
import sys

import machine
import rtc
from micropython import const
from wherry import small_file

_PATH = "/data/crash"
_SIZE_MAX = const(120)
_SLEEP_MS = const(5_000)
_SLEEP_MS_MAX = const(3_600_000)
# Exists while rows may wait in RTC memory: a start without that memory then records a gap.
_STAGE = "/data/stage"
# Power-ons in a row without a completed turn; the first three do not wait.
_POWER_ONS = "/data/starts"
_POWER_ONS_MAX = const(3)
_FIRST_WAIT_MS = const(600_000)
_BY_HAND = b"hand"
_BY_ERROR = b"fail"


def _streak():
    """Return how many starts in a row ended in one of the firmware's own errors."""
    record = small_file.read(_PATH)
    return record[0] if record else 0


def end_streak(stage, is_staging):
    """End and count a streak, after the first good turn.

    `is_staging` is true if rows wait in RTC memory.
    """
    if _streak():
        stage.state.crashes += _streak()
        small_file.write(_PATH, b"\0")
    _forget_power_ons()
    try:
        _note_stage(is_staging, stage.count or stage.state.gap)
    except OSError as error:
        print("flash write failed, note not written:", error)
    rtc.put_mark(stage.buffer)
    stage.flush()


def _note_stage(is_staging, is_needed):
    """Note in flash whether rows may wait in RTC memory; a note that is needed stays."""
    if not is_staging and not is_needed:
        small_file.remove(_STAGE)
    elif is_staging and not small_file.read(_STAGE):
        small_file.write(_STAGE, b"\1")


def count_power_on():
    """Count a power-on; if it is one of many in a row, sleep before the radio is switched on."""
    record = small_file.read(_POWER_ONS)
    count = min(record[0] + 1, 255) if record else 1
    small_file.make_folder("/data")
    small_file.write(_POWER_ONS, bytes((count,)))
    if count > _POWER_ONS_MAX:
        wait_ms = _FIRST_WAIT_MS if count == _POWER_ONS_MAX + 1 else _SLEEP_MS_MAX
        text = "power-on %d without a completed turn: next start in %d min"
        print(text % (count, wait_ms // 60_000))
        machine.deepsleep(wait_ms)


def sleep_off(error):
    """Print and record the error, sleep longer after each error in a streak, and restart."""
    _record(error)
    _note(_BY_ERROR)
    wait_ms = min(_SLEEP_MS << min(_streak(), 10), _SLEEP_MS_MAX)
    print("next start in %d s" % (wait_ms // 1000))
    machine.deepsleep(wait_ms)


def excuse():
    """Note that a person uses the console: the next reset is not a crash."""
    _forget_power_ons()
    _note(_BY_HAND)


def was_excused(stage):
    """Return whether the last run ended with a console, and clear the note."""
    excused = rtc.mark(stage.buffer) == _BY_HAND
    if excused:
        rtc.put_mark(stage.buffer)
    return excused


def _forget_power_ons():
    try:
        os.remove(_POWER_ONS)
    except OSError:
        pass  # The file does not exist.


def _note(mark):
    buffer, flush = rtc.rtc_memory()
    rtc.put_mark(buffer, mark)
    flush()


def _record(error):
    """Record the length of the streak and the error's text; print its traceback."""
    sys.print_exception(error)
    text = "%s: %s" % (type(error).__name__, error)
    content = bytes((min(_streak() + 1, 255),)) + text.encode()
    try:
        small_file.make_folder("/data")
        small_file.write(_PATH, content[:_SIZE_MAX])
    except OSError as problem:
        print("flash write failed, crash not recorded:", problem)
