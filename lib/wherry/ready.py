"""What is to be there before the first request of a turn. Loaded on demand."""

from wherry import free
from wherry.time.sync import sync


def make_ready(node, begin, deadline):
    """Have the true time, and in flash all that is to be sent; `begin` and `deadline` in ticks."""
    state = node.stage.state
    if not state.synced or begin >= state.sync_due:
        sync(node, deadline)
        free()
    # What is sent must come back with the same stamp and number after a power cut.
    if _drained(node):
        from wherry import health

        health.add(node)
        _drained(node)


def _drained(node):
    """Return whether no row waits in RTC memory, after trying to move those there."""
    if not node.stage.count:
        return True
    from wherry.stage import drain

    return drain.try_drain(node)
