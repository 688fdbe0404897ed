"""Decides, before all else is loaded, whether a wake only keeps a row: see row_wake.py.

This module is only in the slot of a node with such wakes.
"""

import gc
import struct
import sys
import time

import machine
from micropython import const
from wherry.stage.memory import FORM, MARK_AT
from wherry.stage.newest import newest_copy

# machine.wake_reason() after a wake by ext0, by ext1 and by another pin.
_BY_PIN = (2, 3, 7)
# The node waits for an upload that is due within this time.
_NEAR_MS = const(2_000)
# Indexes of values in FORM.
_ZERO_MS_AT = const(3)
_SEND_DUE_AT = const(13)


def keep_row(watchdog):
    """Take a row and sleep again; return if the node is needed."""
    if _is_calm():
        import row_wake

        row_wake.run(watchdog)
        sys.modules.pop("row_wake")
        gc.collect()


def _is_calm():
    """Return whether no upload is due after an ordinary sleep, and no pin woke the chip.

    Always False on a MicroPython before 1.29.
    """
    if machine.reset_cause() != machine.DEEPSLEEP_RESET or machine.wake_reason() in _BY_PIN:
        return False
    if not hasattr(machine, "mem_backup"):
        return False
    memory = memoryview(machine.mem_backup())  # pyright: ignore[reportArgumentType]
    copy = newest_copy(memory)[1]
    if not copy or any(memory[MARK_AT : MARK_AT + 4]):
        return False
    state = struct.unpack_from(FORM, copy)
    return time.time_ns() // 1_000_000 - state[_ZERO_MS_AT] + _NEAR_MS < state[_SEND_DUE_AT]
