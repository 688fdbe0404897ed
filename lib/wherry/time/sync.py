"""Requests the true time if it is unknown or an hour old. Loaded on demand.

The time servers are asked first. If they are silent in three uploads in a row, the Date of the
uplinks' servers replaces them; a Date also confirms a large correction. See http_date.py.
"""

from micropython import const

from wherry import free
from wherry.stage.memory import SILENT_AT, SILENT_MAX

# If the time is known already: the limit of a request.
_SYNC_MS_MAX = const(5_000)
# The number of the only time server's second answer.
_SAME = const(99)


def sync(node, deadline: int) -> tuple | None:
    """Ask the time servers before a deadline in ticks; return what a Date must settle, or None.

    That is an answer to confirm, as link.network_time returns it, or () if no server answered.
    Raises OSError while the time stays unknown.
    """
    busy, takes_dates = node.stage.state.busy, node.link.time["http_date"]
    if takes_dates and busy[SILENT_AT] >= SILENT_MAX:
        return ()
    doubted = trouble = node.clock.doubts = None
    try:
        doubted = _ask(node, deadline)
        busy[SILENT_AT] = 0
    except OSError as error:
        busy[SILENT_AT] = min(busy[SILENT_AT] + 1, SILENT_MAX)
        trouble = str(error)
    free()
    if takes_dates and trouble and busy[SILENT_AT] == SILENT_MAX:
        node.ports.say(trouble)
        return ()
    if takes_dates and doubted:
        return doubted
    from wherry.time import setting

    setting.end(node, not (trouble or doubted), trouble)
    return None


def _ask(node, deadline):
    """Learn the time from one server, or from two that agree; return the first doubted answer."""
    state, link = node.stage.state, node.link
    count = len(link.time["sntp"])
    is_alone = count == 1 and not link.time["http_date"]
    if state.synced:
        # Sending continues without it.
        deadline = min(deadline, node.ticks() + _SYNC_MS_MAX)
    doubted, first = None, 0
    while first < count:
        try:
            answer = link.network_time(deadline + state.zero_ms, first)
        except OSError:
            if not doubted:
                raise
            break
        if _is_learned(node, answer, is_alone):
            return None
        doubted, first = doubted or answer, answer[3] + 1
    if is_alone:
        answer = link.network_time(deadline + state.zero_ms, 0)
        if _is_learned(node, answer[:3] + (_SAME,), True):
            return None
    return doubted


def _is_learned(node, answer, is_alone):
    # Free the modules of the request before those that set the clock are loaded.
    free()
    from wherry.time import setting

    return setting.learn(node, answer, is_alone)
