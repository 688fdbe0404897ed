"""Errors of our own: a record in flash, a streak, and a longer sleep after each."""

import os
import sys

import chip
import machine
from micropython import const
from wherry import small_file

_PATH = "/data/crash"
_SIZE_MAX = const(120)
_SLEEP_MS = const(5_000)
_SLEEP_MS_MAX = const(3_600_000)
# Four bytes of RTC memory that the state does not reach.
_MARK_AT = const(228)
_MARK = b"hand"


def _streak():
    """Return how many starts in a row ended in an error of our own."""
    record = small_file.read(_PATH)
    return record[0] if record else 0


def end_streak(state):
    """After the first good turn: end a streak and count it, end the trial of a new version."""
    if _streak():
        state.crashes += _streak()
        small_file.write(_PATH, b"\0")
    try:
        os.remove("/trial")
    except OSError:
        pass  # Nothing was on trial.


def sleep_off(error):
    """Show and keep the error, wait longer after each of a streak, start from the top."""
    _record(error)
    wait_ms = min(_SLEEP_MS << min(_streak(), 10), _SLEEP_MS_MAX)
    print("next start in %d s" % (wait_ms // 1000))
    machine.deepsleep(wait_ms)


def excuse():
    """Note that somebody has taken the console: the reset that ends it is no crash."""
    buffer, flush = chip.rtc_memory()
    buffer[_MARK_AT : _MARK_AT + len(_MARK)] = _MARK  # pyright: ignore
    flush()


def was_excused(buffer):
    """Tell whether the last run ended so, and forget it; `buffer` is RTC memory."""
    mark = bytes(buffer[_MARK_AT : _MARK_AT + len(_MARK)])
    buffer[_MARK_AT : _MARK_AT + len(_MARK)] = bytes(len(_MARK))
    return mark == _MARK


def _record(error):
    """Keep the length of the streak and the error's words; show its traceback."""
    sys.print_exception(error)
    text = "%s: %s" % (type(error).__name__, error)
    content = bytes((min(_streak() + 1, 255),)) + text.encode()
    try:
        small_file.make_folder("/data")
        small_file.write(_PATH, content[:_SIZE_MAX])
    except OSError as problem:
        print("crash not recorded: flash:", problem)
