"""Requests the true time if it is unknown or an hour old. Loaded on demand."""

from micropython import const

from wherry import free

_SYNC_EVERY_MS = const(3_600_000)
# If the time is known already: the limit of a request, and the time to the next one.
_SYNC_MS_MAX = const(5_000)
_SYNC_AGAIN_MS = const(600_000)


def sync(node, deadline: int) -> None:
    """Learn the true time before a deadline in ticks; raises OSError while it stays unknown."""
    state = node.stage.state
    if state.synced:
        # Sending continues without it.
        deadline = min(deadline, node.ticks() + _SYNC_MS_MAX)
    for _ in range(2):
        try:
            answer = node.link.network_time(deadline + state.zero_ms)
        except OSError as error:
            if not state.synced:
                raise
            state.sync_due = node.ticks() + _SYNC_AGAIN_MS
            node.ports.say(str(error))
            return
        # Free the modules of the request before those that set the clock are loaded.
        free()
        from wherry.time import setting

        if setting.learn(node, *answer):
            state.sync_due = node.ticks() + _SYNC_EVERY_MS
            return
