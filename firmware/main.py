"""A node, from wake to sleep.

Copied to the slot as `app`; the loader calls `run`. Everything that touches the chip is created
here and passed to the node, which is chip-independent. Modules that are needed only briefly are
loaded on demand, because the heap is small.
"""

import gc

import machine
from micropython import const

_WATCHDOG_MS = const(90_000)
# Collecting this often keeps the heap small and limits its fragmentation.
_GARBAGE_SIZE_MAX = const(768)
_TOOLS_WATCHDOG_MS = const(24 * 3600 * 1000)


def run(words):
    """Run turn after turn: on mains in a loop, on battery from deep sleep to deep sleep.

    `words` are the words of the file /slot, read by the loader.
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
            # These are separate functions: modules imported here would stay as long as this one
            # runs.
            if ports.after_accident:
                _end_streak(node.stage, ports.after_accident == "stage")
                ports.after_accident = False
            if len(words) > 2:
                words = _step(node, words, row)
            ports.wait_until(due_ms, node)
    except KeyboardInterrupt:
        # A person uses the board's console: the watchdog cannot be stopped, only postponed.
        machine.WDT(timeout=_TOOLS_WATCHDOG_MS)
        from crash import excuse

        excuse()
        if len(words) == 3:
            from trial import give_back

            give_back(words)
        raise
    except Exception as error:
        # The firmware's own error: print it, count it and sleep, to avoid a tight restart loop.
        from crash import sleep_off

        sleep_off(error)


def _end_streak(stage, is_staging):
    from crash import end_streak

    end_streak(stage, is_staging)


def _step(node, words, row):
    from trial import step

    return step(node, words, row)


def _keep_row(watchdog):
    """Take a row and sleep again, if nothing else is due."""
    try:
        from calm import keep_row
    except ImportError:
        return  # The slot lacks this module if the node needs all its modules for a row.
    keep_row(watchdog)


def _made(watchdog, is_on_trial):
    import assemble
    import settings

    ports, node = assemble.make_node(settings.read(), watchdog)
    if is_on_trial:
        from trial import begin

        begin(node)
    return ports, node
