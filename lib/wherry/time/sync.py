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

    That is (rtc ms, true ms) of an answer to confirm, or () if no server answered. Raises OSError
    while the time stays unknown.
    """
    busy, takes_dates = node.stage.state.busy, node.link.time["http_date"]
    if takes_dates and busy[SILENT_AT] >= SILENT_MAX:
        return ()
    doubted = trouble = None
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
        return doubted[:2]
    from wherry.time import setting

    setting.end(node, not (trouble or doubted), trouble)
    return None


def _ask(node, deadline):
    """Learn the time from the first server, or from two that agree; return a doubted answer."""
    state, link = node.stage.state, node.link
    if state.synced:
        # Sending continues without it.
        deadline = min(deadline, node.ticks() + _SYNC_MS_MAX)
    doubted, first, count = None, 0, len(link.time["sntp"])
    while first < count:
        try:
            answer = link.network_time(deadline + state.zero_ms, first)
        except OSError:
            if not doubted:
                raise
            break
        if _is_learned(node, answer):
            return None
        doubted, first = answer, answer[3] + 1
    if count > 1 or link.time["http_date"]:
        return doubted
    # There is no other source.
    answer = link.network_time(deadline + state.zero_ms, 0)
    return None if _is_learned(node, answer[:3] + (_SAME,)) else doubted


def _is_learned(node, answer):
    # Free the modules of the request before those that set the clock are loaded.
    free()
    from wherry.time import setting

    return setting.learn(node, *answer)
