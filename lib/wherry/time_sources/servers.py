"""Asks the time servers if the time is unknown or uncertain. Loaded on demand.

choice.py judges their answers afterwards: the requests need the memory.
"""

from micropython import const

from wherry import free
from wherry.stage.memory import SILENT_AT, SILENT_MAX

# The limit of all requests: if the time is known already, because sending continues without it;
# and of an unset clock, because Dates need the rest of the upload's time.
_KNOWN_MS_MAX = const(5_000)
_UNSET_MS_MAX = const(8_000)
# As in time/setting.py: answers that need not be confirmed, and that confirm each other.
_STEP_MS_MAX = const(300_000)
_AGREE_MS_MAX = const(10_000)


def ask(node, deadline: int) -> tuple:
    """Return ([answer], the last failure or None), from requests that end before a deadline.

    An answer is (ticks, true ms, uncertainty in ms, number of the server). Each server is asked
    once, until the answers suffice. No server is asked while Dates replace them.
    """
    state, takes_dates = node.stage.state, node.link.time["http_date"]
    if takes_dates and state.busy[SILENT_AT] >= SILENT_MAX:
        return [], None
    if state.synced or takes_dates:
        limit_ms = _KNOWN_MS_MAX if state.synced else _UNSET_MS_MAX
        deadline = min(deadline, node.ticks() + limit_ms)
    found, first = [], 0
    while first < len(node.link.time["sntp"]):
        try:
            found.append(answer(node, deadline, first))
        except OSError as error:
            return found, str(error)
        if _are_enough(node, found):
            break
        first = found[-1][3] + 1
    return found, None


def answer(node, deadline: int, first: int) -> tuple:
    """Return the answer of the first server from number `first` on that has one.

    Raises OSError if no server answers before a deadline in ticks.
    """
    zero_ms = node.stage.state.zero_ms
    found = node.link.network_time(deadline + zero_ms, first)
    # Free the modules of the request.
    free()
    return (found[0] - zero_ms,) + found[1:]


def _are_enough(node, found):
    """Return whether the last answer is near the node's time, or agrees with another answer."""
    ticks, true_ms = found[-1][:2]
    if node.stage.state.synced and abs(true_ms - node.clock.true_ms(ticks)) <= _STEP_MS_MAX:
        return True
    offset = true_ms - ticks
    return any(abs(each[1] - each[0] - offset) <= _AGREE_MS_MAX for each in found[:-1])
