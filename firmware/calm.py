"""Decides at a wake, before anything else is loaded, whether it only keeps a row in RTC memory.

Only in the slot of a node that lets rows wait there: see row_wake.py.
"""

import gc
import struct
import sys
import time
from binascii import crc32

import machine
from micropython import const
from wherry.stage.memory import COPY_B_AT, FORM, MAGIC, MARK_AT

# machine.wake_reason() after a wake by ext0, by ext1 and by another pin.
_BY_PIN = (2, 3, 7)
# An upload that is due so soon would be waited for.
_NEAR_MS = const(2_000)
# Of the values in FORM.
_MAGIC_AT = const(0)
_SEQUENCE_AT = const(1)
_ZERO_MS_AT = const(3)
_SEND_DUE_AT = const(13)


def keep_row(watchdog):
    """Keep a row and sleep on; return where the node is needed."""
    if _is_calm():
        import row_wake

        row_wake.run(watchdog)
        sys.modules.pop("row_wake")
        gc.collect()


def _is_calm():
    """Return whether no upload is due after an ordinary sleep, and no pin has woken the chip.

    Always False on a MicroPython before 1.29.
    """
    if machine.reset_cause() != machine.DEEPSLEEP_RESET or machine.wake_reason() in _BY_PIN:
        return False
    if not hasattr(machine, "mem_backup"):
        return False
    memory = memoryview(machine.mem_backup())  # pyright: ignore[reportArgumentType]
    state = _newest(memory)
    if not state or any(memory[MARK_AT : MARK_AT + 4]):
        return False
    return time.time_ns() // 1_000_000 - state[_ZERO_MS_AT] + _NEAR_MS < state[_SEND_DUE_AT]


def _newest(memory):
    """Return the values of the newer intact copy of the state, None without one."""
    found = None
    size = struct.calcsize(FORM)
    for at in (0, COPY_B_AT):
        (crc,) = struct.unpack_from("<I", memory, at + size)
        if crc == crc32(memory[at : at + size]):
            values = struct.unpack_from(FORM, memory, at)
            is_newer = not found or values[_SEQUENCE_AT] > found[_SEQUENCE_AT]
            if values[_MAGIC_AT] == MAGIC and is_newer:
                found = values
    return found
