"""The story of a node, from wake to sleep.

Copied to the slot as `app`; the loader calls `run`. Everything that touches the chip is made
here and handed to the node, which knows no chip. What is needed for a moment only is loaded for
that moment: the heap is small.
"""

import gc
import sys

import machine
from micropython import const
from wherry import once

_WATCHDOG_MS = const(90_000)
# Collecting this often keeps the heap from growing and its holes from scattering.
_GARBAGE_SIZE_MAX = const(768)
_TOOLS_WATCHDOG_MS = const(24 * 3600 * 1000)


def run():
    """Run turn after turn: on mains in a loop, on battery from deep sleep to deep sleep."""
    gc.threshold(_GARBAGE_SIZE_MAX)
    watchdog = machine.WDT(timeout=_WATCHDOG_MS)
    try:
        slot = sys.path[0]
        settings = once("settings", "read", slot)
        ports, node = once("setup", "make_node", slot, settings, watchdog)
        settings = None
        due_ms = node.turn()
        # The first turn was good: this version and this start have proven themselves.
        once("crash", "end_streak", node.stage.state)
        while True:
            ports.wait_until(due_ms, node)
            due_ms = node.turn()
    except KeyboardInterrupt:
        # Somebody has taken the board's console: the watchdog cannot be stopped, only put off.
        machine.WDT(timeout=_TOOLS_WATCHDOG_MS)
        once("crash", "excuse")
        raise
    except Exception as error:
        # An error of our own: told, counted, and slept off, never a hot restart loop.
        import crash

        crash.sleep_off(error)
