"""Preparations before the first request of a turn. Loaded on demand."""

from wherry import free


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
    """Return whether the time may be wrong by more than `error_max` of the section [time]."""
    from wherry.time import sleep_clock

    return sleep_clock.uncertainty_ms(node.clock, ticks) >= node.link.time["error_max_ms"]


def get_time(node, deadline):
    """Learn the true time before a deadline in ticks; raises OSError while it stays unknown."""
    free()
    # Each step is a function: a module imported here would stay as long as this one runs.
    answers, trouble = _ask(node, deadline)
    free()
    answers = _choose(node, answers, trouble, deadline)
    free()
    if answers is not None:
        _settle(node, answers, deadline)
        free()


def _ask(node, deadline):
    from wherry.time_sources import servers

    return servers.ask(node, deadline)


def _choose(node, answers, trouble, deadline):
    from wherry.time_sources import choice

    return choice.choose(node, answers, trouble, deadline)


def _settle(node, answers, deadline):
    from wherry.time_sources import dates

    dates.settle(node, answers, deadline)


def _drained(node):
    """Try to drain the stage; return whether it is empty."""
    if not node.stage.count:
        return True
    from wherry.stage import drain

    return drain.try_drain(node)
