"""A node, from wake to sleep.

Copied to the slot as `app`; the loader calls `run`. Everything that touches the chip is made
here and handed to the node, which knows no chip. What is needed for a moment only is loaded for
that moment: the heap is small.
"""

import gc

import machine
from micropython import const

_WATCHDOG_MS = const(90_000)
# Collecting this often keeps the heap from growing and its holes from scattering.
_GARBAGE_SIZE_MAX = const(768)
_TOOLS_WATCHDOG_MS = const(24 * 3600 * 1000)


def run(words):
    """Run turn after turn: on mains in a loop, on battery from deep sleep to deep sleep.

    `words` are those of the file /slot, which the loader has read.
    """
    watchdog = machine.WDT(timeout=_WATCHDOG_MS)
    try:
        if len(words) < 3:
            _keep_row(watchdog)
        gc.threshold(_GARBAGE_SIZE_MAX)
        ports, node = _made(watchdog, len(words) > 2)
        row = node.queue.next_row
        while True:
            due_ms = node.turn()
            # Each in a function of its own: what this one imported would stay as long as it runs.
            if ports.after_accident:
                _end_streak(node.stage)
                ports.after_accident = False
            if len(words) > 2:
                words = _step(node, words, row)
            ports.wait_until(due_ms, node)
    except KeyboardInterrupt:
        # Somebody has taken the board's console: the watchdog cannot be stopped, only put off.
        machine.WDT(timeout=_TOOLS_WATCHDOG_MS)
        from crash import excuse

        excuse()
        if len(words) == 3:
            from trial import give_back

            give_back(words)
        raise
    except Exception as error:
        # An error of our own: shown, counted, and slept off, never a hot restart loop.
        from crash import sleep_off

        sleep_off(error)


def _end_streak(stage):
    from crash import end_streak

    end_streak(stage)


def _step(node, words, row):
    from trial import step

    return step(node, words, row)


def _keep_row(watchdog):
    """Keep a row and sleep on, if this is all that is due."""
    try:
        from calm import keep_row
    except ImportError:
        return  # Not in the slot of a node that needs all of itself for a row.
    keep_row(watchdog)


def _made(watchdog, is_on_trial):
    import settings
    import setup

    ports, node = setup.make_node(settings.read(), watchdog)
    if is_on_trial:
        from trial import begin

        begin(node)
    return ports, node
