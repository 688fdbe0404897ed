"""Chooses among the answers of the time servers. Loaded on demand, after their requests.

If they are silent in three uploads in a row, the Date of the uplinks' servers replaces them; a
Date also confirms the first time of a boot and a large correction. See dates.py.
"""

from micropython import const

from wherry.stage.memory import SILENT_AT, SILENT_MAX
from wherry.time import rtc, setting

# The number of the only time server's second answer, and the limit of its request.
_SAME = const(99)
_AGAIN_MS_MAX = const(5_000)


def choose(node, answers: list, trouble: str | None, deadline: int) -> list | None:
    """Learn the time from the result of servers.ask; return the answers to settle by a Date.

    Returns None if a Date is not needed, an empty list if Dates replace the time servers. Raises
    OSError while the time stays unknown.
    """
    busy, takes_dates = node.stage.state.busy, node.link.time["http_date"]
    _mend_rtc(node)
    if takes_dates and busy[SILENT_AT] >= SILENT_MAX:
        return []
    busy[SILENT_AT] = 0 if answers else min(busy[SILENT_AT] + 1, SILENT_MAX)
    is_known = any(setting.learn(node, answer, False) for answer in answers)
    if takes_dates and answers and not is_known:
        return answers
    if takes_dates and busy[SILENT_AT] == SILENT_MAX:
        node.ports.say(trouble)
        return []
    if answers and not is_known:
        is_known = _is_enough(node, answers, deadline)
    setting.end(node, is_known, None if answers else trouble)
    return None


def _mend_rtc(node):
    """Set an RTC that is far off although the time is known: a Date was requested at a reset."""
    shift = rtc.shift(node.clock, node.ports.rtc_ms())
    if node.stage.state.synced and shift:
        rtc.set_forward(node, shift)


def _is_enough(node, answers, deadline):
    """Learn the time without Dates from the only answer; return False if it does not suffice."""
    if len(answers) > 1:
        return False
    if not node.stage.state.synced and setting.learn(node, answers[0], True):
        return True
    if len(node.link.time["sntp"]) > 1:
        return False
    from wherry.time_sources import servers

    try:
        again = servers.answer(node, min(deadline, node.ticks() + _AGAIN_MS_MAX), 0)
    except OSError:
        return False
    return setting.learn(node, again[:3] + (_SAME,), True)
