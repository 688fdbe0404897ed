"""The RTC: sets its clock, finds and marks its memory. Loaded on demand."""

import time

import machine
from micropython import const
from wherry.stage.memory import MARK_AT

_MEMORY_SIZE = const(2_048)
_MARK_SIZE = const(4)


def set_rtc(ms):
    """Set the RTC clock to ms since 2000-01-01."""
    # Eight values on the chip, nine on the desktop.
    year, month, day, hour, minute, second, weekday = time.gmtime(ms // 1000)[:7]
    machine.RTC().datetime((year, month, day, weekday, hour, minute, second, ms % 1000 * 1000))


def rtc_memory():
    """Return RTC memory as a writable buffer of 2,048 bytes, and a function that flushes it."""
    if hasattr(machine, "mem_backup"):
        # From MicroPython 1.29 on, this is the memory itself, not a copy. `bool` does nothing; a
        # function defined here would keep this module loaded.
        return machine.mem_backup(), bool
    rtc = machine.RTC()
    buffer = bytearray(_MEMORY_SIZE)
    content = rtc.memory()
    buffer[: len(content)] = content
    return buffer, lambda: rtc.memory(buffer)


def mark(buffer, at=MARK_AT):
    """Return the mark of how the last run ended, zeros for a sleep; `buffer` is RTC memory."""
    return bytes(buffer[at : at + _MARK_SIZE])


def put_mark(buffer, mark=bytes(_MARK_SIZE)):
    """Write a mark of four bytes to RTC memory."""
    buffer[MARK_AT : MARK_AT + _MARK_SIZE] = mark
