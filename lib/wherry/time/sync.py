"""Asks for the true time when it is unknown or an hour old. Loaded on demand."""

from micropython import const

from wherry import free

_SYNC_EVERY_MS = const(3_600_000)
# When the time is known already: how long it may be asked for, and when again.
_SYNC_MS_MAX = const(5_000)
_SYNC_AGAIN_MS = const(600_000)


def sync(node, deadline: int) -> None:
    """Learn the true time before a deadline in ticks; raises OSError while it stays unknown."""
    state = node.stage.state
    if state.synced:
        # Sending goes on without it.
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
        # What has asked leaves its room to what sets the clock.
        free()
        from wherry.time import setting

        if setting.learn(node, *answer):
            state.sync_due = node.ticks() + _SYNC_EVERY_MS
            return
