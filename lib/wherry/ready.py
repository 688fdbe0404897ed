"""Preparations before the first request of a turn. Loaded on demand."""

from micropython import const

from wherry import free

# A DS3231 is not believed two months after it was set, so the time is requested earlier.
_WITH_CHIP_MS_MAX = const(30_000)


def make_ready(node, begin, deadline):
    """Get the true time if due, and drain the stage; `begin` and `deadline` are in ticks."""
    state = node.stage.state
    if not state.synced or (begin >= state.sync_due and _is_uncertain(node, begin)):
        get_time(node, deadline)
    # A row that is sent must have the same stamp and number after a power cut.
    if _drained(node):
        from wherry import health

        health.add(node)
        _drained(node)


def _is_uncertain(node, ticks):
    """Return whether the time may be wrong by more than `error_max` of the section [time].

    A time that only a DS3231 has given is uncertain.
    """
    if not node.stage.state.sync_due:
        return True
    from wherry.time import sleep_clock

    error_max_ms = node.link.time["error_max_ms"]
    if node.link.time["ds3231"]:
        error_max_ms = min(error_max_ms, _WITH_CHIP_MS_MAX)
    return sleep_clock.uncertainty_ms(node.clock, ticks) >= error_max_ms


def get_time(node, deadline):
    """Learn the true time before a deadline in ticks; raises OSError while it stays unknown."""
    free()
    # Each step is a function: a module imported here would stay as long as this one runs.
    before = node.stage.state.ref_ticks
    answers, trouble = _ask(node, deadline)
    free()
    node.clock.doubts = _doubts(node)
    free()
    answers = _choose(node, answers, trouble, deadline)
    free()
    if answers is not None:
        _settle(node, answers, deadline)
        free()
    if node.link.time["ds3231"] and node.stage.state.ref_ticks != before:
        _keep(node)
        free()


def _ask(node, deadline):
    from wherry.time_sources import servers

    return servers.ask(node, deadline)


def _doubts(node):
    if not (node.link.time["ds3231"] and node.stage.state.synced):
        return None
    from wherry.time_sources import recall

    return recall.doubts(node)


def _choose(node, answers, trouble, deadline):
    from wherry.time_sources import choice

    return choice.choose(node, answers, trouble, deadline)


def _settle(node, answers, deadline):
    from wherry.time_sources import dates

    dates.settle(node, answers, deadline)


def _keep(node):
    from wherry.sending.schedule import pause
    from wherry.time import sleep_clock
    from wherry.time_sources import ds3231

    uncertainty_ms = sleep_clock.uncertainty_ms(node.clock, node.ticks())
    ds3231.keep(node, uncertainty_ms, pause.wait_until)


def _drained(node):
    """Try to drain the stage; return whether it is empty."""
    if not node.stage.count:
        return True
    from wherry.stage import drain

    return drain.try_drain(node)
